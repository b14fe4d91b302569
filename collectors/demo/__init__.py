"""The demonstration: seeded sample reports of all roster cities, good and bad, as files a city would send.

They enter through intake like any other file; nothing here touches the database. Start with ``deliveries``.
"""

from collectors.demo.deliveries import DemoFile, DemoPerson, bad_files, behaviours, deliveries, people

__all__ = ["DemoFile", "DemoPerson", "bad_files", "behaviours", "deliveries", "people"]
