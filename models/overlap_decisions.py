"""What people decided about pairs that may hold central money twice: append-only, the newest one counts.

A decision keeps the values it was made on, so that it holds only while they stay the same
(``models/overlaps.py`` compares). Refuses to change or delete one: another decision follows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.audit import Deed, audit
from models.db import coded
from models.places import STRICT
from models.vocabulary import AuditKind
from models.words import mark

_DECIDED = mark("Decided on a pair that may hold central money twice")


class OverlapVerdict(StrEnum):
    """What somebody decided about a pair that may hold central money twice (108-II.2).

    Listed in two programmes is legal as long as central money is not arranged twice.
    """

    ALLOWED_OVERLAP = "allowed_overlap"
    BREACH = "breach"
    DIFFERENT_PROJECTS = "different_projects"


class Likeness(StrEnum):
    """How one field of two projects compares."""

    EQUAL = "equal"
    SIMILAR = "similar"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class OverlapDecision(SQLModel, table=True):
    """One decision on a project and its counterpart (``other``: see ``models.overlaps.counterpart``).

    ``compared`` is JSON: the compared values of both sides as they were.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"]),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    other: str = Field(primary_key=True, max_length=460)
    decided_at: datetime = Field(primary_key=True)
    verdict: OverlapVerdict = Field(sa_type=coded(OverlapVerdict))
    compared: str
    reason: str
    document_no: str | None = Field(default=None, max_length=100)
    decided_by: str = Field(max_length=254)


@dataclass(frozen=True)
class Decided:
    """What somebody says of a pair: why it is so, and the document that shows it."""

    verdict: OverlapVerdict
    reason: str
    document_no: str | None
    by: str


def remember(connection: sa.Connection, pair: Mapping[str, Any], said: Decided, *, now: datetime) -> None:
    """Add a decision on a pair of ``models.overlaps`` with the values it was made on (``compared``).

    The caller has asked whether this person decides for ``city_a``, and commits.
    """
    row = dict(city=pair["city_a"], project=pair["project_a"], other=pair["other_b"], decided_at=now)
    row |= dict(verdict=said.verdict, compared=pair["compared"], reason=said.reason)
    row |= dict(document_no=said.document_no, decided_by=said.by)
    connection.execute(sa.insert(OverlapDecision.__table__).values(**row))
    details = {name: row[name] for name in ("other", "reason", "document_no")} | {
        "verdict": str(said.verdict)
    }
    deed = Deed(AuditKind.DECISION, said.by, now, _DECIDED, row["city"], row["project"], details)
    audit(connection, deed)
