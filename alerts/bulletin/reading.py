"""The shell of a bulletin: what was known at an instant, read and judged, as frames for ``compose``.

Facts are rebuilt for both ends, the bulletin's day and the day of the one before, each as known then and
judged by the policy that was in force then; never read from the caches, which know only their newest state.
Refuses the wall clock. Where several places are wanted at once, ``of_place`` cuts them from the nation's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from alerts.bulletin import rhythm as days
from alerts.in_force import Policies, judging_instant, policies_at
from alerts.judge import judge
from alerts.order_digest import overdue_on
from alerts.partition import lights_each
from alerts.policy import Policy
from models.db import Database
from models.facts import KEY, facts
from models.places import NATION
from models.queries import bulletin as queries
from models.queries import places
from models.queries.bulletin import Between, Cities
from models.queries.places import PlaceRow, ProgrammeRow
from models.roster import PILOT
from models.vocabulary import Rhythm, Severity


@dataclass(frozen=True)
class Asked:
    """Which bulletin: of which day, as known when, of which place, how often. The same asked, the same answer."""

    on: date
    known_at: datetime
    place: str = NATION
    rhythm: Rhythm = Rhythm.DAILY
    programme: str = PILOT

    @property
    def before(self) -> date:
        """The day of the bulletin before."""
        return days.day_before(self.rhythm, self.on)

    @property
    def known_before(self) -> datetime:
        """What the bulletin before knew."""
        return days.known_before(self.on, self.before, self.known_at)


@dataclass(frozen=True)
class Material:
    """Frames of one programme and the cities of one place.

    ``now``: ``facts`` with ``lights``, worst first. ``before``: city, project, light_before. ``reasons``: a row
    for each project that a colouring rule speaks of, with that rule's look and ``others``, how many more do.
    ``overdue``: answers owed on dispatch orders. ``moves`` and ``adjustments``: see ``models/queries/bulletin.py``; moves are all there ever were.
    """

    asked: Asked
    names: Mapping[str, PlaceRow]
    programme: ProgrammeRow
    now: pl.DataFrame
    before: pl.DataFrame
    reasons: pl.DataFrame
    moves: pl.DataFrame
    adjustments: pl.DataFrame
    overdue: pl.DataFrame
    policies: Policies
    policies_before: Policies

    @property
    def policy(self) -> Policy:
        """The nation's policy: titles and order of rules, whatever the thresholds of a place."""
        return self.policies.nation

    @property
    def versions(self) -> list[int]:
        """The versions that judged these projects, those of narrower scopes among them."""
        return self.now["policy"].unique().drop_nulls().sort().to_list()

    @property
    def rules_changed(self) -> bool:
        """Do other texts judge these cities than judged the bulletin before?"""
        pairs = self.now.select("city", "programme").unique().rows()
        return any(self.policies.of(*pair).text != self.policies_before.of(*pair).text for pair in pairs)


def read(db: Database, asked: Asked) -> Material:
    """Read and judge both ends. Raises LookupError for a place or programme that does not exist."""
    cities = queries.cities_of(db, asked.place)
    programme = next((p for p in places.programmes(db) if p.code == asked.programme), None)
    if programme is None:
        raise LookupError(asked.programme)
    with db.ro.connect() as connection:
        policies = policies_at(connection, judging_instant(asked.on, asked.known_at))
        earlier = policies_at(connection, judging_instant(asked.before, asked.known_before))
    frame = _facts(db, asked, (asked.on, asked.known_at), cities)
    past = _facts(db, asked, (asked.before, asked.known_before), cities)
    material = Material(
        asked,
        places.names(db),
        programme,
        frame.join(lights_each(frame, policies), on=KEY).sort(
            ["score", *KEY], descending=[True, False, False]
        ),
        lights_each(past, earlier).select(*KEY, light_before="light").sort(KEY),
        pl.concat([_reasons(part, policy) for policy, part in policies.split(frame)]).sort(KEY),
        queries.moves(db, asked.known_at, cities),
        queries.adjustments(db, Between(asked.known_before, asked.known_at), cities),
        overdue_on(db, asked.on, asked.known_at, cities),
        policies,
        earlier,
    )
    return _of_programme(material)


def of_place(material: Material, place: str, cities: Cities) -> Material:
    """The part of a wider material that is a place's; ``cities`` as ``cities_of`` gives them."""
    found = replace(material, asked=replace(material.asked, place=place))
    if cities is None:
        return found
    mine = pl.col("city").is_in(sorted(cities))
    frames = ("now", "before", "reasons", "moves", "adjustments", "overdue")
    return replace(found, **{name: getattr(material, name).filter(mine) for name in frames})


def _facts(db: Database, asked: Asked, then: tuple[date, datetime], cities: Cities) -> pl.DataFrame:
    return facts(db, *then, cities=cities).filter(pl.col("programme") == asked.programme)


def _of_programme(material: Material) -> Material:
    """Alerts and adjustments of other programmes' projects left out; what is a city's or province's own stays with its projects."""
    projects = pl.concat([material.now.select(KEY), material.before.select(KEY)]).unique()
    cities = set(projects["city"])
    held = cities | {material.names[city].province for city in cities}
    moves, own = material.moves, pl.col("project").is_null() & pl.col("city").is_in(sorted(held))
    kept = moves.join(projects, on=KEY, how="semi")
    return replace(
        material,
        moves=pl.concat([kept, moves.filter(own)]).sort(
            "event_at", "city", "project", "rule", "seq", "alert", nulls_last=False
        ),
        overdue=pl.concat(
            [
                material.overdue.join(projects, on=KEY, how="semi", maintain_order="left"),
                material.overdue.filter(own),
            ]
        ).sort("late", "number", descending=[True, False]),
        adjustments=material.adjustments.join(projects, on=KEY, how="semi", maintain_order="left"),
    )


def _reasons(frame: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The rule that colours each project: reds first, then in the policy's own order."""
    colouring = [rule for rule, limits in policy.project_rules.items() if limits.lights]
    order = {rule: number for number, rule in enumerate(colouring)}
    spoken = judge(frame, policy).filter(pl.col("severity").is_not_null(), pl.col("rule").is_in(colouring))
    return (
        spoken.with_columns(
            order=pl.col("rule").replace_strict(order, return_dtype=pl.Int64, default=None),
            others=pl.len().over(KEY).cast(pl.Int64) - 1,
        )
        .sort(*KEY, pl.col("severity") != str(Severity.RED), "order")
        .unique(KEY, keep="first", maintain_order=True)
    )
