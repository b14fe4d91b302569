"""The demonstration: seeded sample reports of all roster cities, good and bad, as files a city would send.

They enter through intake like any other file, signatures and exceptions beside them; nothing here touches the
database. Start with ``deliveries``; who signs what is ``signing``.
"""

from collectors.demo.bad import bad_files
from collectors.demo.deliveries import behaviours, deliveries
from collectors.demo.oddities import Oddity, oddities
from collectors.demo.people import BY_SYSTEM, DemoPerson, people, sender
from collectors.demo.posting import DemoFile
from collectors.demo.signing import DemoEvent, Granted, RuleSet, Signed, signatures

__all__ = [
    "BY_SYSTEM",
    "DemoEvent",
    "DemoFile",
    "DemoPerson",
    "Granted",
    "Oddity",
    "RuleSet",
    "Signed",
    "bad_files",
    "behaviours",
    "deliveries",
    "oddities",
    "people",
    "sender",
    "signatures",
]
