"""What a city has to fill in for a period, and why: a coordinator sees these forms and no others.

The notice names no form and no rhythm (domain.md, X); which form is owed follows from what the city has.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from collectors.forms import FORMS, Form
from models.periods import Period
from models.plans import Plan, PlanPoint
from models.projects import Project
from models.records import Inspection
from models.vocabulary import Kind
from models.words import mark


@dataclass(frozen=True)
class Duty:
    """A form that is owed, and the catalogue key of the reason."""

    form: Form
    why: str


_REGISTER = mark("no project is registered yet")
_CURVES = mark("projects without a plan curve")
_DISPATCH = mark("progress and money of every project")
_MEMBERS = mark("the enterprises of your lines")
_TENANTS = mark("the tenants, centre and platform of your surfaces")
_MILESTONES = mark("milestones: planned, expected, reached")
_FUNDS = mark("the way of the reward money")
_REACH = mark("digital reach, at the end of a quarter")
_FINDINGS = mark("findings that are not rectified yet")


def duties(connection: sa.Connection, city: str, period: Period) -> list[Duty]:
    """The forms a city has to fill for a period, in the order they are worked in."""
    kinds = _kinds(connection, city)
    if not kinds:
        return [Duty(FORMS["projects"], _REGISTER)]
    asked = (
        ("plan", _CURVES, _lacks_curves(connection, city)),
        ("dispatch", _DISPATCH, True),
        ("members", _MEMBERS, Kind.LINE in kinds),
        ("tenants", _TENANTS, Kind.SURFACE in kinds),
        ("milestones", _MILESTONES, True),
        ("funds", _FUNDS, _has_reward(connection, city)),
        ("enterprises", _REACH, period.end.month % 3 == 0),
        ("inspections", _FINDINGS, _has_findings(connection, city)),
    )
    return [Duty(FORMS[name], why) for name, why, owed in asked if owed]


def _kinds(connection: sa.Connection, city: str) -> set[str]:
    p = Project.__table__
    return {str(kind) for kind in connection.scalars(sa.select(p.c.kind).where(p.c.city == city).distinct())}


def _lacks_curves(connection: sa.Connection, city: str) -> bool:
    p, t = Project.__table__, PlanPoint.__table__
    curve = sa.exists().where(t.c.city == p.c.city, t.c.project == p.c.code)
    return connection.scalar(sa.select(sa.exists().where(p.c.city == city, ~curve)))


def _has_reward(connection: sa.Connection, city: str) -> bool:
    p = Plan.__table__
    return connection.scalar(sa.select(sa.exists().where(p.c.city == city, p.c.reward > 0)))


def _has_findings(connection: sa.Connection, city: str) -> bool:
    i = Inspection.__table__
    still = sa.and_(i.c.city == city, i.c.rectified_on.is_(None), i.c.superseded_at.is_(None))
    return connection.scalar(sa.select(sa.exists().where(still)))
