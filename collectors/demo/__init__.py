"""The demonstration: seeded sample reports of all roster cities, good and bad, as files a city would send.

They enter through intake like any other file; nothing here touches the database. Start with ``deliveries``.
"""

from collectors.demo.bad import bad_files
from collectors.demo.deliveries import behaviours, deliveries
from collectors.demo.oddities import Oddity, oddities
from collectors.demo.people import DemoPerson, people, sender
from collectors.demo.posting import DemoFile

__all__ = [
    "DemoFile",
    "DemoPerson",
    "Oddity",
    "bad_files",
    "behaviours",
    "deliveries",
    "oddities",
    "people",
    "sender",
]
