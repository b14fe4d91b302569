"""Thresholds as data: one TOML text, read into a frozen ``Policy``, its versions kept in the database.

A light or an alert names the version that judged it. Refuses a text that would judge otherwise than it
reads: unknown rules or keys, an edge on the wrong side, a red milder than its yellow. A new rule adds its
row to ``SHAPES`` and its table to ``policy.toml``.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from alerts.conduct import KEYS, Conduct, check_inhibition, read_conduct
from alerts.edges import Edge, PolicyError, expect, is_number, read_edge
from models.alerts import Policy as StoredPolicy
from models.state import Judgement
from models.vocabulary import Severity
from models.words import mark

#: The thresholds carried with the project.
CARRIED = (Path(__file__).parent / "policy.toml").read_text(encoding="utf-8")

#: The longest name of a policy, in characters.
LONGEST_NAME = 60

#: The sense of each clause that a rule rests on, in our own words (domain.md): of 工信厅联规函〔2025〕108号, and of
#: the base notice, whose text is known from press reports only.
CLAUSES = {
    "108-II.1": mark("About 3 leading manufacturing industries per city, preferably traditional ones."),
    "108-II.2": mark(
        "A key project funded by other central money may be in scope, but central money is not arranged twice."
    ),
    "108-II.3": mark("Connect cities: joint projects across regions, the same chain across provinces."),
    "108-III.1": mark(
        "Provinces recommend at most one prefecture-level city each, municipalities at most two districts, XPCC "
        "outside the quota; a city already in the pilot does not apply again."
    ),
    "108-I.2": mark("A line is a whole industry chain: its chain-owner and members up and down the stream."),
    "108-I.3": mark("A surface is a park: its tenants, its promotion centre and its public platform."),
    "108-II.4": mark(
        "Choose well-reviewed projects, so that frequent adjustment during implementation does not harm "
        "overall progress and budget execution."
    ),
    "108-II.5": mark(
        "Move prevention forward; strengthen daily dispatch, supervision and inspection of the key projects "
        "and their money."
    ),
    "财建〔2024〕16号": mark(
        "Central money supports at most 20 % of a project's total investment; half of a city's award comes in the "
        "first year of implementation, the other half after the end-of-period assessment is passed."
    ),
}


class Measure(StrEnum):
    """What a threshold is compared with."""

    POINTS = "points"  # planned minus actual, percentage points
    RATIO = "ratio"  # actual over planned
    RELATIVE_SHORTFALL = "relative_shortfall"  # planned minus actual, over planned
    DAYS = "days"
    MONTHS = "months"
    PERIODS = "periods"
    COUNT = "count"
    SHARE = "share"  # a part of the whole that should stay small
    SCORE = "score"  # a rank from 0 to 100

    @property
    def side(self) -> str:
        """On which side of an edge it is bad."""
        return "below" if self == Measure.RATIO else "above"


@dataclass(frozen=True)
class Shape:
    """What a rule's table may hold: its measures, and the whole numbers it needs beside its edges.

    ``choices``: named alternatives; a text without the key, an older one say, means the first.
    ``city``: it speaks about a city and not about a project.
    """

    measures: tuple[Measure, ...]
    numbers: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    city: bool = False


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "lagging_progress": Shape((Measure.POINTS, Measure.RATIO, Measure.RELATIVE_SHORTFALL)),
        "lagging_spending": Shape(
            (Measure.RATIO, Measure.RELATIVE_SHORTFALL),
            choices={"against": ("curve", "issued", "award", "annual")},
        ),
        "frequent_adjustments": Shape((Measure.COUNT,), ("since_approval",)),
        "stalled": Shape((Measure.DAYS,), ("min_reports",)),
        "late_report": Shape((Measure.PERIODS,)),
        "not_started": Shape((Measure.MONTHS,)),
        "past_end": Shape((Measure.DAYS,)),
        "milestones_missed": Shape((Measure.DAYS,)),
        "milestone_gap": Shape((Measure.DAYS,), ("intake_days",)),
        "parked_money": Shape((Measure.DAYS,), ("least_percent",)),
        "money_ahead": Shape((Measure.POINTS,), choices={"against": ("issued", "award", "investment")}),
        "work_ahead": Shape((Measure.POINTS,), choices={"against": ("investment", "award", "issued")}),
        "year_end_rush": Shape((Measure.SHARE,)),
        "booked_as_spent": Shape((Measure.SHARE,), ("within_percent",)),
        "large_delay": Shape((Measure.DAYS,)),
        "large_value_change": Shape((Measure.SHARE,)),
        "renamed_and_changed": Shape((Measure.SHARE,)),
        "drifted_end": Shape((Measure.DAYS,)),
        "drifted_money": Shape((Measure.SHARE,)),
        "adjusted_out_of_red": Shape((Measure.POINTS,), ("approved_within_days", "green_points")),
        "undecided_change": Shape((Measure.DAYS,)),
        "unregistered_delay": Shape((Measure.DAYS,)),
        "over_total": Shape((Measure.SHARE,)),
        "ineligible_category": Shape((Measure.SHARE,)),
        "central_share": Shape((Measure.SHARE,)),
        "separate_accounting": Shape((Measure.SHARE,)),
        "tranche": Shape((Measure.SHARE,)),
        "award_limit": Shape((Measure.SHARE,), ("point_wan", "line_wan", "surface_wan")),
        "falling_figure": Shape((Measure.SHARE,)),
        "copied_report": Shape((Measure.COUNT,), ("min_letters",)),
        "back_loaded": Shape((Measure.SHARE,), ("intake_days",)),
        "steep_plan": Shape((Measure.SHARE,), ("intake_days", "least_projects")),
        "double_central_money": Shape((Measure.SCORE,)),
        "not_on_list": Shape((Measure.SHARE,)),
        "lagging_owner": Shape((Measure.POINTS,)),
        "exposed_members": Shape((Measure.DAYS,), ("owner_points",)),
        "weak_links": Shape((Measure.POINTS,)),
        "rollups_disagree": Shape((Measure.POINTS,)),
        "city_round_numbers": Shape((Measure.SHARE,), ("min_figures",), city=True),
        "industries": Shape((Measure.COUNT,), ("list_from",), city=True),
        "industry_unled": Shape((Measure.COUNT,), ("list_from",), city=True),
        "no_landmark": Shape((Measure.RATIO,), ("landmark_wan", "list_from"), city=True),
        "digital_reach": Shape((Measure.POINTS,), ("goal_percent", "period_years"), city=True),
        "city_award": Shape((Measure.SHARE,), ("award_wan",), {"pair": ("together", "each")}, city=True),
        "city_tranche": Shape((Measure.SHARE,), ("award_wan",), {"pair": ("together", "each")}, city=True),
        "unlisted_money": Shape((Measure.SHARE,), city=True),
        "applied_again": Shape((Measure.COUNT,), city=True),
        "quota": Shape((Measure.COUNT,), ("cities", "districts"), city=True),
    }
)
_ONE_OF = mark("expected one of {names}")
_TEXTS = ("title", "clause", "source", "action", "owner")


@dataclass(frozen=True)
class Limits:
    """One rule's thresholds with their reasons. An absent edge means that severity is never given."""

    rule: str
    title: str
    clause: str
    measure: Measure
    yellow: Edge | None
    red: Edge | None
    source: str
    action: str
    owner: str
    lights: bool
    numbers: Mapping[str, int]
    choices: Mapping[str, str] = field(default_factory=dict)
    conduct: Conduct = field(default_factory=Conduct)

    @property
    def of_city(self) -> bool:
        """Does the rule speak about a city, and not about a project?"""
        return SHAPES[self.rule].city

    def edges(self) -> tuple[tuple[Severity, Edge], ...]:
        """The edges there are, the mildest first."""
        both = ((Severity.YELLOW, self.yellow), (Severity.RED, self.red))
        return tuple((severity, edge) for severity, edge in both if edge is not None)


@dataclass(frozen=True)
class Policy:
    """All rules that judge, by name; ``version`` is None while the text is in no database.

    ``name``: what people call it (a catalogue key for those carried), empty for the carried default.
    """

    rules: Mapping[str, Limits]
    text: str
    version: int | None = None
    name: str = ""

    @property
    def conducts(self) -> dict[str, Conduct]:
        """How the alerts of each rule behave."""
        return {rule: limits.conduct for rule, limits in self.rules.items()}

    @property
    def project_rules(self) -> dict[str, Limits]:
        """The rules that speak about projects."""
        return {rule: limits for rule, limits in self.rules.items() if not limits.of_city}

    @property
    def city_rules(self) -> dict[str, Limits]:
        """The rules that speak about cities."""
        return {rule: limits for rule, limits in self.rules.items() if limits.of_city}


def read_policy(text: str, *, version: int | None = None) -> Policy:
    """TOML → Policy. A rule that is absent does not judge. Raises PolicyError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(mark("not TOML: {error}"), error=error) from None
    tables, name = found.pop("rules", {}), found.pop("name", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME or name != name.strip():
        raise PolicyError(mark("name: expected a text of at most {n} characters"), n=LONGEST_NAME)
    if found or not isinstance(tables, dict) or not tables:
        raise PolicyError(mark("only name and tables [rules.<name>] are expected, and at least one of these"))
    rules = {name: _limits(name, table) for name, table in tables.items()}
    check_inhibition({name: limits.conduct for name, limits in rules.items()}, SHAPES)
    return Policy(MappingProxyType(rules), text, version, name)


def ensure_policy(connection: sa.Connection, text: str, now: datetime) -> Policy:
    """The policy with its version; a text never seen before becomes a new one. The caller commits."""
    policy, table = known_policy(connection, text), StoredPolicy.__table__
    if policy.version is not None:
        return policy
    version = 1 + (connection.scalar(sa.select(sa.func.max(table.c.version))) or 0)
    digest = hashlib.sha256(text.encode()).hexdigest()
    connection.execute(sa.insert(table).values(version=version, sha256=digest, body=text, recorded_at=now))
    return replace(policy, version=version)


def known_policy(connection: sa.Connection, text: str) -> Policy:
    """The policy of a text, with its version where the text is stored already."""
    table, digest = StoredPolicy.__table__, hashlib.sha256(text.encode()).hexdigest()
    return read_policy(
        text, version=connection.scalar(sa.select(table.c.version).where(table.c.sha256 == digest))
    )


def stored_policy(
    connection: sa.Connection, version: int | None = None, *, at: datetime | None = None
) -> Policy:
    """A version as stored; None means the nation's that judged last (by an instant), or the carried text where
    none did.

    Raises LookupError for a version that does not exist.
    """
    table, judged = StoredPolicy.__table__, Judgement.__table__
    if version is None:
        newest = sa.select(judged.c.policy).where(judged.c.policy > 0)
        newest = newest.order_by(judged.c.finished_at.desc(), judged.c.policy.desc()).limit(1)
        version = connection.scalar(newest if at is None else newest.where(judged.c.finished_at <= at))
        if version is None:
            return known_policy(connection, CARRIED)
    body = connection.scalar(sa.select(table.c.body).where(table.c.version == version))
    if body is None:
        raise LookupError(f"policy version {version}")
    return read_policy(body, version=version)


def _limits(rule: str, table: Any) -> Limits:
    if rule not in SHAPES:
        raise PolicyError(mark("unknown rule; known are {names}"), rule, names=", ".join(SHAPES))
    shape = SHAPES[rule]
    wanted = {*_TEXTS, "measure", "lights", *shape.numbers}
    expect(isinstance(table, dict), rule, mark("expected a table"))
    expect(wanted <= set(table), rule, mark("missing {names}"), names=", ".join(sorted(wanted - set(table))))
    unknown = set(table) - wanted - {"yellow", "red", *shape.choices} - KEYS
    expect(not unknown, rule, mark("unknown {names}"), names=", ".join(sorted(unknown)))
    for name in _TEXTS:
        expect(isinstance(table[name], str) and table[name], f"{rule}.{name}", mark("expected a text"))
    expect(table["clause"] in CLAUSES, f"{rule}.clause", _ONE_OF, names=", ".join(CLAUSES))
    expect(isinstance(table["lights"], bool), f"{rule}.lights", mark("expected true or false"))
    expect(
        table["measure"] in list(shape.measures), f"{rule}.measure", _ONE_OF, names=", ".join(shape.measures)
    )
    for name in shape.numbers:
        expect(
            is_number(table[name]) and table[name] >= 1, f"{rule}.{name}", mark("expected a number from 1")
        )
    choices = {name: table.get(name, allowed[0]) for name, allowed in shape.choices.items()}
    for name, allowed in shape.choices.items():
        expect(choices[name] in allowed, f"{rule}.{name}", _ONE_OF, names=", ".join(allowed))
    measure = Measure(table["measure"])
    yellow, red = (read_edge(f"{rule}.{name}", table.get(name), measure.side) for name in ("yellow", "red"))
    expect(yellow or red, rule, mark("neither yellow nor red has an edge, so it could never speak"))
    if yellow and red:
        worse = red.value > yellow.value if measure.side == "above" else red.value < yellow.value
        expect(worse, f"{rule}.red", mark("must lie beyond yellow"))
    texts = {name: table[name] for name in _TEXTS}
    numbers = MappingProxyType({name: table[name] for name in shape.numbers})
    return Limits(
        rule=rule,
        measure=measure,
        yellow=yellow,
        red=red,
        lights=table["lights"],
        numbers=numbers,
        choices=MappingProxyType(choices),
        conduct=read_conduct(rule, table, yellow, red),
        **texts,
    )
