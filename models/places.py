"""Places, the roster of pilot cities, programmes: small reference tables, the same on every node.

The roster is data carried with its source (``models/data/roster.csv``): batch 2 is complete, of batch 1
12 of 20 entries are confirmed and the rest is never filled in.
"""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.db import coded

STRICT = {"sqlite_strict": True}

#: The whole country: the scope of the ministry.
NATION = "000000"

#: XPCC has no GB/T 2260 code of its own; this key is ours.
XPCC = "XPCC"


class PlaceLevel(StrEnum):
    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"


class Place(SQLModel, table=True):
    """A place of the tree ministry → province-level unit → pilot city or district.

    ``code`` is GB/T 2260 (six digits) or a private key; XPCC is province-level and reports as a city too, so
    its ``province`` is itself. ``tile_row`` and ``tile_column`` place a province-level unit on the tile grid.
    """

    __table_args__ = STRICT
    code: str = Field(primary_key=True, max_length=16)
    level: PlaceLevel = Field(sa_type=coded(PlaceLevel))
    province: str = Field(max_length=16, index=True)
    name_zh: str
    name_en: str
    tile_row: int | None = None
    tile_column: int | None = None


class RosterBatch(SQLModel, table=True):
    """A batch of pilot cities: how many entries were announced, and where that is said."""

    __table_args__ = STRICT
    batch: int = Field(primary_key=True)
    year: int
    announced: int
    source: str


class RosterMember(SQLModel, table=True):
    """A place of a roster entry. Districts that entered as a pair share one ``entry``."""

    __table_args__ = STRICT
    entry: str = Field(primary_key=True, max_length=16)
    place: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    batch: int = Field(foreign_key="rosterbatch.batch")
    industries_zh: str = ""
    industries_en: str = ""
    confidence: str = ""
    source_url: str = ""
    note: str = ""


class Programme(SQLModel, table=True):
    """A programme whose projects are watched: its currency and when its reports are due.

    A report is owed for every period that ends with a month divisible by ``report_every_months``,
    ``report_due_days`` calendar days after the period's end. ``demonstration`` marks made-up figures.
    """

    __table_args__ = STRICT
    code: str = Field(primary_key=True, max_length=32)
    name_zh: str
    name_en: str
    currency: str = Field(default="CNY", max_length=3)
    report_every_months: int = 1
    report_due_days: int = 3
    demonstration: bool = False
    source: str = ""
    created_on: date
