"""Putting a policy in force for a scope: who may, why not, and what the rows then say.

A row is only ever added; the one before it ends with it. Refusals are catalogue texts, not exceptions. It holds
from the next judgement on; whoever calls brings the cached lights up to date (``alerts.day``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from alerts.in_force import NATIONAL, Key, newest, standings
from alerts.keeping import lock_alerts
from alerts.policy import ensure_policy, read_policy
from alerts.presets import presets
from models.access import Action, Scope, may
from models.audit import Deed, audit
from models.db import Database
from models.places import NATION, XPCC, Place, PlaceLevel, Programme
from models.policies import PolicyInForce
from models.projects import Project
from models.vocabulary import AuditKind, PolicyScope, Role
from models.words import mark

NOT_YOURS = mark("This scope's light rules are not yours to decide.")
NO_REASON = mark("Say why it is put in force.")
NO_SUCH = mark("There is no such place or programme.")
NAMED = mark("A carried preset goes by this name and reads otherwise: give your text a name of its own.")
ALREADY = mark("This very text is in force there already.")
NONE_OWN = mark("This scope has no light rules of its own.")

_IN_FORCE = mark("Light rules put in force")
_NO_LONGER = mark("Light rules of its own ended")


@dataclass(frozen=True)
class Decision:
    """Somebody puts a policy's text in force for a scope; ``text`` None: it follows the next wider one again."""

    by: Scope
    scope: PolicyScope
    place: str
    text: str | None
    reason: str
    at: datetime

    @property
    def key(self) -> Key:
        return str(self.scope), self.place


def decides_rules(by: Scope, scope: PolicyScope, place: str, province: str | None) -> bool:
    """May this person decide on the rules of a scope? ``province``: the place's, where it is a city. Pure.

    The ministry for the nation and programmes, a province for itself and its cities, the operator of the machine for all,
    a city for nobody.
    """
    if not may(by.role, Action.DECIDE):
        return False
    if by.role == Role.OPERATOR:
        return True
    if by.role == Role.MINISTRY:
        return scope in (PolicyScope.NATION, PolicyScope.PROGRAMME)
    own = {PolicyScope.PROVINCE: place, PolicyScope.CITY: province}.get(scope)
    return by.role == Role.PROVINCE and own == by.place


def put_in_force(db: Database, decision: Decision) -> str | None:
    """Add the row; commits. None, or why not. Raises PolicyError for a text that is no policy."""
    if not decision.reason.strip():
        return NO_REASON
    with db.rw.begin() as connection:
        lock_alerts(connection)
        refusal = _refused(connection, decision)
        if refusal:
            return refusal
        if decision.text is not None and _borrows_a_name(decision.text):
            return NAMED
        rows = [row for row in standings(connection) if row.key == decision.key]
        version = None
        if decision.text is not None:
            version = ensure_policy(connection, decision.text, decision.at).version
        now = newest(rows, decision.at).get(decision.key)
        holds = now.policy if now else None
        if holds == version:
            return ALREADY if version is not None else NONE_OWN
        row = dict(scope=decision.scope, place=decision.place, seq=len(rows) + 1, policy=version)
        row |= dict(from_at=decision.at, set_by=decision.by.email, reason=decision.reason.strip())
        connection.execute(sa.insert(PolicyInForce.__table__).values(**row))
        what = _IN_FORCE if version is not None else _NO_LONGER
        details = {"scope": str(decision.scope), "version": version, "reason": row["reason"]}
        place = "" if decision.scope == PolicyScope.PROGRAMME else decision.place
        audit(
            connection,
            Deed(AuditKind.DECISION, row["set_by"], decision.at, what, place, decision.place, details),
        )
    return None


def _refused(connection: sa.Connection, decision: Decision) -> str | None:
    scope, code, place = decision.scope, decision.place, Place.__table__
    found = connection.execute(sa.select(place.c.level, place.c.province).where(place.c.code == code)).first()
    province = found.province if found else None
    if not decides_rules(decision.by, scope, code, province):
        return NOT_YOURS
    if scope == PolicyScope.PROGRAMME:
        known = sa.select(Programme.__table__.c.code).where(Programme.__table__.c.code == code)
        return None if connection.execute(known).first() else NO_SUCH
    if scope == PolicyScope.NATION:
        return None if decision.key == NATIONAL else NO_SUCH
    fits = found is not None and (
        str(found.level) == str(scope) or (scope == PolicyScope.CITY and code == XPCC)
    )
    return None if fits else NO_SUCH


def _borrows_a_name(text: str) -> bool:
    """Does a text go by the name of a preset that reads otherwise?"""
    carried = presets().values()
    return text not in carried and read_policy(text).name in {read_policy(one).name for one in carried}


def cities_of(connection: sa.Connection, key: Key) -> frozenset[str] | None:
    """The cities whose projects a scope's policy may judge; None: all of them."""
    scope, code = key
    place, project = Place.__table__, Project.__table__
    if scope == PolicyScope.NATION:
        return None
    if scope == PolicyScope.CITY:
        return frozenset({code})
    if scope == PolicyScope.PROVINCE:
        return frozenset(connection.scalars(sa.select(place.c.code).where(place.c.province == code)))
    return frozenset(
        connection.scalars(sa.select(project.c.city).where(project.c.programme == code).distinct())
    )


def choices(
    by: Scope, places: Sequence[tuple[str, PlaceLevel, str]], programmes: Sequence[str]
) -> list[tuple[PolicyScope, str]]:
    """The scopes whose rules somebody decides on. ``places``: code, level, province. Pure."""
    found = [(PolicyScope.NATION, NATION), *((PolicyScope.PROGRAMME, code) for code in programmes)]
    provinces = {code: province for code, _, province in places}
    for code, level, _ in places:
        if level == PlaceLevel.PROVINCE:
            found.append((PolicyScope.PROVINCE, code))
        if level == PlaceLevel.CITY or code == XPCC:
            found.append((PolicyScope.CITY, code))
    return [(scope, code) for scope, code in found if decides_rules(by, scope, code, provinces.get(code))]
