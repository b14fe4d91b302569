"""Findings × what was before → transitions, each with its reason. Pure joins, no loop over projects.

An alert is one episode of one rule on one project, or on a city itself (``project`` is empty then): opened
when the rule has spoken long enough and no episode is open, worsened and eased as the severity moves,
resolved when the rule is known to be silent. Missing figures resolve nothing, and a day before one that was
already judged changes nothing. How a rule departs from that is its ``Conduct``.

All of it is computed from today's looks and from what is stored: alerts, their events, and the pairs that
wait. A day judged again finds its own rows and changes none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from alerts.cities import ITSELF
from alerts.conduct import Conduct
from models.facts import KEY
from models.vocabulary import Severity, Transition, Waiting
from models.words import mark

_TEXTS = {"city": pl.String, "project": pl.String, "rule": pl.String}

#: What is needed of the open alerts; ``seq`` is the number of the newest event, ``held`` says whether the
#: alert was ever held open.
ALERTS = {
    "city": pl.String,
    "id": pl.String,
    "project": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "seq": pl.Int64,
    "opened_on": pl.Date,
    "held": pl.Boolean,
}

#: Up to which day each project was already judged; projects never judged are absent.
WATERMARKS = {"city": pl.String, "project": pl.String, "judged_on": pl.Date}

#: Pairs that spoke without an alert of their own: since when, last when, on how many judged days; and why.
WAITING = {
    **_TEXTS,
    "since_on": pl.Date,
    "last_on": pl.Date,
    "days": pl.Int64,
    "severity": pl.String,
    "why": pl.String,
    "by": pl.String,
}

#: Every opening and end of an alert, on its day.
EDGES = {**_TEXTS, "event_on": pl.Date}

#: A pair that was not looked at for longer has not been seen running (promises.md, 4.2: "max_gap").
MAX_GAP_DAYS = 7

_PAIR = [*KEY, "rule"]
_RED, _YELLOW = str(Severity.RED), str(Severity.YELLOW)

OPENED = mark("{after}: {measured} lies beyond the threshold.")
WORSENED = mark("From {before} to {after}: {measured} lies beyond the threshold.")
EASED = mark("From {before} to {after}: {measured}.")
WITHIN = mark("Within the threshold again: {measured}.")
NO_LONGER = mark("The case no longer exists: finished, begun, reported, or nothing is owed.")
DROPPED = mark("The rule is no longer part of the policy.")
HELD = mark(
    "It opens and ends again and again ({changes} times within {days} days): held open until it rests."
)


@dataclass(frozen=True)
class Before:
    """What was stored before a day is judged, as frames of the shapes above."""

    alerts: pl.DataFrame
    watermarks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WATERMARKS))
    waiting: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WAITING))
    edges: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EDGES))

    @property
    def pairs(self) -> pl.DataFrame:
        """The pairs that are to be looked at even where their rule is silent."""
        return pl.concat([self.alerts.select(_PAIR), self.waiting.select(_PAIR)]).unique()


@dataclass(frozen=True)
class Settled:
    """What a day changes. ``moved``: the transitions; ``still``: open alerts that speak on at their severity;
    ``waiting``: rows (WAITING) to store; ``over``: pairs whose row of WAITING ends."""

    moved: pl.DataFrame
    still: pl.DataFrame
    waiting: pl.DataFrame
    over: pl.DataFrame


def settle(looks: pl.DataFrame, before: Before, *, on: date, rules: Mapping[str, Conduct]) -> Settled:
    """What changes on a day: at most one transition per project (or city) and rule.

    ``looks`` is ``judge(…, also=before.pairs)``; ``rules`` those of the policy. ``moved`` has the columns city,
    project, rule, alert (null when opened), seq (of the new event), opened_on, transition, before, after,
    measured, known, applies, inputs, reason (JSON: a catalogue key with its values). Asking again after the
    result was stored changes nothing.
    """
    frame = _inhibited(_stepped(_joined(looks, before, on, rules), rules), rules)
    return Settled(_moved(frame, on), _still(frame), *_waiting(frame, on))


def _joined(looks: pl.DataFrame, before: Before, on: date, rules: Mapping[str, Conduct]) -> pl.DataFrame:
    """One row per pair that is looked at, open or waiting; without projects already judged on a later day."""
    alerts = before.alerts.rename({"id": "alert", "severity": "before"})
    waiting = before.waiting.select(*_PAIR, "since_on", "last_on", "days")
    return (
        looks.rename({"severity": "after"})
        .join(alerts, on=_PAIR, how="full", coalesce=True)
        .join(waiting, on=_PAIR, how="full", coalesce=True)
        .join(_changes(before.edges, on, rules), on=_PAIR, how="left")
        .join(before.watermarks.filter(pl.col("judged_on") > on), on=KEY, how="anti")
        .with_columns(
            pl.col("known", "applies", "held").fill_null(False),
            pl.col("inputs").fill_null("{}"),
            pl.col("changes").fill_null(0),
            dropped=~pl.col("rule").is_in(list(rules)),
        )
        .with_columns(after=_effective(rules), **_days(on))
    )


def _changes(edges: pl.DataFrame, on: date, rules: Mapping[str, Conduct]) -> pl.DataFrame:
    """How often the alerts of a pair opened or ended within the days of its rule's ``flap``."""
    windows = {rule: conduct.flap.days for rule, conduct in rules.items() if conduct.flap}
    days = pl.col("rule").replace_strict(windows, default=0, return_dtype=pl.Int64)
    age = (pl.lit(on) - pl.col("event_on")).dt.total_days()
    return edges.filter((age >= 0) & (age < days)).group_by(_PAIR).agg(changes=pl.len().cast(pl.Int64))


def _effective(rules: Mapping[str, Conduct]) -> pl.Expr:
    """The severity for the alert: an open one leaves a severity only beyond its clearing limit."""
    after, before = pl.col("after"), pl.col("before")
    live = pl.col("known") & pl.col("applies")
    stays_red = live & (before == _RED) & _short_of(rules, "clear_red")
    stays = live & before.is_not_null() & _short_of(rules, "clear_yellow")
    return (
        pl.when((after == _RED) | stays_red)
        .then(pl.lit(_RED))
        .when((after == _YELLOW) | stays)
        .then(pl.lit(_YELLOW))
    )


def _short_of(rules: Mapping[str, Conduct], name: str) -> pl.Expr:
    """Has the measured value not passed the clearing limit of its rule? False where there is none."""
    limits = {rule: edge for rule, conduct in rules.items() if (edge := getattr(conduct, name)) is not None}
    short = [(pl.col("rule") == rule) & ~edge.passed(pl.col("measured")) for rule, edge in limits.items()]
    return pl.any_horizontal(pl.lit(False), *short).fill_null(False)


def _days(on: date) -> dict[str, pl.Expr]:
    """On how many judged days a rule has spoken running, this day included, and since when.

    A day that is judged again counts once; after a gap in looking the count begins anew.
    """
    gap = (pl.lit(on) - pl.col("last_on")).dt.total_days()
    running = (gap >= 0) & (gap <= MAX_GAP_DAYS)
    return {
        "days": pl.when(running).then(pl.col("days") + (gap > 0).cast(pl.Int64)).otherwise(1),
        "since_on": pl.when(running).then("since_on").otherwise(pl.lit(on)),
        "waited": pl.col("last_on").is_not_null(),
    }


def _stepped(frame: pl.DataFrame, rules: Mapping[str, Conduct]) -> pl.DataFrame:
    """With ``transition``, before any inhibition."""
    after, before, is_open = pl.col("after"), pl.col("before"), pl.col("alert").is_not_null()
    pending = pl.col("rule").replace_strict(
        {rule: conduct.pending for rule, conduct in rules.items()}, default=1, return_dtype=pl.Int64
    )
    ends = is_open & after.is_null()
    flapping = ends & pl.col("applies") & (pl.col("changes") + 1 >= _of_flap(rules, "changes"))
    kind = (
        pl.when(pl.col("dropped"))
        .then(pl.when(is_open).then(pl.lit(str(Transition.RESOLVED))))
        .when(~pl.col("known"))
        .then(None)
        .when(~is_open & after.is_not_null() & (pl.col("days") >= pending))
        .then(pl.lit(str(Transition.OPENED)))
        .when(flapping)
        .then(pl.when(~pl.col("held")).then(pl.lit(str(Transition.HELD))))
        .when(ends)
        .then(pl.lit(str(Transition.RESOLVED)))
        .when((before == _YELLOW) & (after == _RED))
        .then(pl.lit(str(Transition.WORSENED)))
        .when((before == _RED) & (after == _YELLOW))
        .then(pl.lit(str(Transition.EASED)))
    )
    return frame.with_columns(transition=kind, flap_days=_of_flap(rules, "days"))


def _of_flap(rules: Mapping[str, Conduct], name: str) -> pl.Expr:
    values = {rule: getattr(conduct.flap, name) for rule, conduct in rules.items() if conduct.flap}
    return pl.col("rule").replace_strict(values, default=None, return_dtype=pl.Int64)


def _inhibited(frame: pl.DataFrame, rules: Mapping[str, Conduct]) -> pl.DataFrame:
    """With ``by``: the rule whose alert, at least as severe, keeps this one from opening.

    Only an alert that stands after this day inhibits, one about the city all of its projects. Nobody who
    inhibits is inhibited (the policy refuses it), so one pass is enough.
    """
    pairs = [(rule, name) for rule, conduct in rules.items() for name in conduct.inhibited_by]
    opens = pl.col("transition") == str(Transition.OPENED)
    stands = (pl.col("alert").is_not_null() | opens) & (pl.col("transition") != _RESOLVED).fill_null(True)
    standing = frame.filter(stands.fill_null(False)).select(
        "city", at="project", by="rule", weight=_weight(pl.coalesce("after", "before"))
    )
    wanted = pl.DataFrame(pairs, schema={"rule": pl.String, "by": pl.String}, orient="row")
    found = (
        frame.filter(pl.col("alert").is_null() & pl.col("after").is_not_null())
        .join(wanted, on="rule")
        .join(standing, on=["city", "by"])
        .filter((pl.col("at") == pl.col("project")) | (pl.col("at") == ITSELF))
        .filter(pl.col("weight") >= _weight(pl.col("after")))
        .sort("weight", "by", descending=[True, False])
        .unique(_PAIR, keep="first", maintain_order=True)
        .select(*_PAIR, "by")
    )
    joined = frame.join(found, on=_PAIR, how="left")
    return joined.with_columns(
        transition=pl.when(opens & pl.col("by").is_not_null()).then(None).otherwise("transition")
    )


_RESOLVED = str(Transition.RESOLVED)


def _weight(severity: pl.Expr) -> pl.Expr:
    return pl.when(severity == _RED).then(2).otherwise(1)


def _moved(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    held = pl.col("transition") == str(Transition.HELD)
    return (
        frame.filter(pl.col("transition").is_not_null())
        .with_columns(
            seq=pl.col("seq").fill_null(0) + 1,
            opened_on=pl.col("opened_on").fill_null(on),
            key=_reason_key(),
            after=pl.when(held).then("before").otherwise("after"),
            changes=pl.when(held).then(pl.col("changes") + 1),
            days=pl.when(held).then("flap_days"),
        )
        .select(
            *_PAIR,
            *("alert", "seq", "opened_on", "transition", "before", "after", "measured"),
            *("known", "applies", "inputs"),
            reason=pl.struct("key", "before", "after", "measured", "changes", "days").struct.json_encode(),
        )
        .sort(_PAIR)
    )


def _still(frame: pl.DataFrame) -> pl.DataFrame:
    """Open alerts that speak on at the same severity: their figures may be newer all the same."""
    return frame.filter(
        pl.col("alert").is_not_null() & (pl.col("after") == pl.col("before")) & pl.col("known")
    ).select("city", "project", "alert", "rule", "after", "measured", "known", "applies", "inputs")


def _waiting(frame: pl.DataFrame, on: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who waits from now on, and whose waiting is over: it opened, fell silent, or is judged no longer."""
    speaks = pl.col("known") & pl.col("after").is_not_null() & ~pl.col("dropped")
    waits = speaks & pl.col("alert").is_null() & pl.col("transition").is_null()
    inhibited = pl.col("by").is_not_null()
    rows = frame.filter(waits).select(
        *_PAIR,
        *("since_on", "days", "by"),
        last_on=pl.lit(on),
        severity="after",
        why=pl.when(inhibited).then(pl.lit(str(Waiting.INHIBITED))).otherwise(pl.lit(str(Waiting.PENDING))),
    )
    unknown = ~pl.col("known") & ~pl.col("dropped") & pl.col("alert").is_null()
    over = frame.filter(pl.col("waited") & ~waits & ~unknown).select(_PAIR)
    return rows.select(list(WAITING)), over


def _reason_key() -> pl.Expr:
    keys = {
        Transition.OPENED: OPENED,
        Transition.WORSENED: WORSENED,
        Transition.EASED: EASED,
        Transition.HELD: HELD,
    }
    still = pl.col("transition").replace_strict(
        {str(name): key for name, key in keys.items()}, default=WITHIN, return_dtype=pl.String
    )
    resolved = pl.col("transition") == _RESOLVED
    return (
        pl.when(pl.col("dropped"))
        .then(pl.lit(DROPPED))
        .when(resolved & ~pl.col("applies"))
        .then(pl.lit(NO_LONGER))
        .otherwise(still)
    )
