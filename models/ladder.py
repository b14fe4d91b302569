"""The consequence ladder of 108-III.3 as records: measures taken on a city, each with its document.

Entered by people of the province or ministry, never by a rule. Nothing is changed or deleted: a correction and a
withdrawal are further entries of the same measure, and the newest one counts.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import EntryKind, Measure, MediaKind, Tier


class MeasureEntry(SQLModel, table=True):
    """One entry about a measure on a city, whole: what it says counts until the next one.

    ``amount`` in fen, only where money is deducted or recovered. ``year`` names the annual evaluation of the city
    that the measure rests on. ``note`` says why; of a correction or withdrawal it is its reason.
    """

    __table_args__ = STRICT
    city: str = Field(primary_key=True, foreign_key="place.code", max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    seq: int = Field(primary_key=True)
    kind: EntryKind = Field(sa_type=coded(EntryKind))
    measure: Measure = Field(sa_type=coded(Measure))
    document_no: str = Field(max_length=100)
    decided_on: date
    amount: int | None = Field(default=None, sa_type=sa.BigInteger)
    year: int | None = None
    note: str
    by: str = Field(max_length=254)
    level: Tier = Field(sa_type=coded(Tier))
    entered_at: datetime


class MeasureOrder(SQLModel, table=True):
    """An order that an entry of a measure rests on."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "measure", "seq"], ["measureentry.city", "measureentry.id", "measureentry.seq"]
        ),
        sa.ForeignKeyConstraint(["city", "order_id"], ["dispatchorder.city", "dispatchorder.id"]),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    measure: str = Field(primary_key=True, max_length=36)
    seq: int = Field(primary_key=True)
    order_id: str = Field(primary_key=True, max_length=36)


class MeasureFile(SQLModel, table=True):
    """The document of a measure as a file, byte for byte, with the entry that brought it."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["city", "measure", "seq"], ["measureentry.city", "measureentry.id", "measureentry.seq"]
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    measure: str = Field(primary_key=True, max_length=36)
    id: str = Field(primary_key=True, max_length=36)
    seq: int
    file_name: str = Field(max_length=100)
    media: MediaKind = Field(sa_type=coded(MediaKind))
    size: int
    sha256: str = Field(max_length=64)
    content: bytes
