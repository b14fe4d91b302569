"""Which policy judges whom: the rows of who put what in force → the policy of every city and programme.

The most specific wins: city, province, programme, nation; where nothing was put in force, the carried text
judges. ``Policies`` is pure; ``policies_at`` reads rows and texts as they were in force at an instant. Refuses
to decide who may put a policy in force (``alerts/enacting.py``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

import polars as pl
import sqlalchemy as sa

from alerts.conduct import Conduct
from alerts.policy import CARRIED, Policy, known_policy, stored_policy
from models.clock import end_of_day
from models.places import NATION, Place
from models.policies import PolicyInForce
from models.vocabulary import PolicyScope

Key = tuple[str, str]  # scope and place, as in ``PolicyInForce``
NATIONAL: Key = (str(PolicyScope.NATION), NATION)


@dataclass(frozen=True)
class Policies:
    """The policies in force at an instant: the nation's, and what narrower scopes have of their own.

    ``provinces``: the province-level unit of each city.
    """

    nation: Policy
    own: Mapping[Key, Policy] = field(default_factory=dict)
    provinces: Mapping[str, str] = field(default_factory=dict)

    def scope_for(self, city: str, programme: str | None) -> Key | None:
        """The scope whose policy judges a city's projects of a programme; None: the nation's."""
        wanted = (
            (PolicyScope.CITY, city),
            (PolicyScope.PROVINCE, self.provinces.get(city)),
            (PolicyScope.PROGRAMME, programme),
        )
        return next(((str(scope), place) for scope, place in wanted if (str(scope), place) in self.own), None)

    def of(self, city: str, programme: str | None) -> Policy:
        """The policy that judges a city's projects of a programme."""
        key = self.scope_for(city, programme)
        return self.nation if key is None else self.own[key]

    def split(self, frame: pl.DataFrame) -> list[tuple[Policy, pl.DataFrame]]:
        """The rows of a frame (city, programme) by the policy that judges them; usually one group, uncopied.

        Without a row there is still one group, the nation's, so that frames keep their shape.
        """
        if not self.own:
            return [(self.nation, frame)]
        pairs = frame.select("city", "programme").unique(maintain_order=True)
        groups: dict[int, list[tuple[str, str | None]]] = {}
        found: dict[int, Policy] = {}
        for city, programme in pairs.iter_rows():
            policy = self.of(city, programme)
            found[id(policy)] = policy
            groups.setdefault(id(policy), []).append((city, programme))
        if len(groups) <= 1:
            return [(next(iter(found.values()), self.nation), frame)]
        schema = {name: frame.schema[name] for name in ("city", "programme")}
        return [
            (
                found[key],
                frame.join(
                    pl.DataFrame(rows, schema=schema, orient="row"),
                    on=["city", "programme"],
                    how="semi",
                    nulls_equal=True,
                ),
            )
            for key, rows in groups.items()
        ]

    def all(self) -> list[Policy]:
        """Every policy that is in force anywhere, the nation's first."""
        return [self.nation, *self.own.values()]

    @property
    def conducts(self) -> list[Conduct]:
        """How the alerts of every rule of every policy behave."""
        return [conduct for policy in self.all() for conduct in policy.conducts.values()]

    def with_nation(self, policy: Policy) -> "Policies":
        return replace(self, nation=policy)

    def trying(self, key: Key, policy: Policy) -> "Policies":
        """The same with one scope's policy replaced, as if it had been put in force."""
        if key == NATIONAL:
            return self.with_nation(policy)
        return replace(self, own=MappingProxyType({**self.own, key: policy}))

    def without(self, key: Key) -> "Policies":
        """The same with one scope that follows the next wider one again."""
        return replace(self, own=MappingProxyType({k: v for k, v in self.own.items() if k != key}))


@dataclass(frozen=True)
class Standing:
    """That a policy was put in force for a scope; ``policy`` None: the scope follows the next wider one."""

    scope: PolicyScope
    place: str
    seq: int
    policy: int | None
    from_at: datetime
    set_by: str
    reason: str

    @property
    def key(self) -> Key:
        return str(self.scope), self.place


def newest(rows: Iterable[Standing], at: datetime) -> dict[Key, Standing]:
    """The row of each scope that holds at an instant. Pure."""
    found: dict[Key, Standing] = {}
    for row in sorted((row for row in rows if row.from_at <= at), key=lambda row: (row.from_at, row.seq)):
        found[row.key] = row
    return found


def standings(connection: sa.Connection) -> list[Standing]:
    """Every row ever written, oldest first."""
    table = PolicyInForce.__table__
    statement = sa.select(*(table.c[name] for name in Standing.__dataclass_fields__))
    return [Standing(*row) for row in connection.execute(statement.order_by(table.c.from_at, table.c.seq))]


def judging_instant(on: date, known_at: datetime) -> datetime:
    """The instant whose policies judge a day as known at another: never later than the day itself.

    A rule that was put in force afterwards does not colour a past day.
    """
    return min(known_at, end_of_day(on))


def policies_at(connection: sa.Connection, at: datetime, carried: str | None = None) -> Policies:
    """What was in force at an instant.

    ``carried``: the text that judges where nothing was put in force; None: the one that judged last by then.
    """
    rows = newest(standings(connection), at)
    texts = {
        row.policy: stored_policy(connection, row.policy) for row in rows.values() if row.policy is not None
    }
    own = {key: texts[row.policy] for key, row in rows.items() if row.policy is not None}
    narrower = {key: policy for key, policy in own.items() if key[0] != PolicyScope.NATION}
    nation = own.get(NATIONAL)
    if nation is None and carried is None and NATIONAL not in rows:
        nation = stored_policy(connection, at=at)
    elif nation is None:
        nation = known_policy(connection, carried or CARRIED)
    pairs = connection.execute(sa.select(Place.__table__.c.code, Place.__table__.c.province))
    provinces = {code: province for code, province in pairs if province}
    return Policies(nation, MappingProxyType(narrower), MappingProxyType(provinces))
