"""Findings × open alerts → transitions, each with its reason. Pure joins, no loop over projects.

An alert is one episode of one rule on one project, or on a city itself (``project`` is empty then): opened when the rule speaks and no episode is open,
worsened and eased as the severity moves, resolved when the rule is known to be silent. Missing figures
resolve nothing, and a day before one that was already judged changes nothing.
"""

from collections.abc import Collection
from datetime import date

import polars as pl

from models.facts import KEY
from models.vocabulary import Severity, Transition
from models.words import mark

#: What ``transitions`` needs of the open alerts; ``seq`` is the number of the newest event.
ALERTS = {
    "city": pl.String,
    "id": pl.String,
    "project": pl.String,
    "rule": pl.String,
    "severity": pl.String,
    "seq": pl.Int64,
    "opened_on": pl.Date,
}

#: Up to which day each project was already judged; projects never judged are absent.
WATERMARKS = {"city": pl.String, "project": pl.String, "judged_on": pl.Date}

_PAIR = [*KEY, "rule"]
_RED, _YELLOW = str(Severity.RED), str(Severity.YELLOW)

OPENED = mark("{after}: {measured} lies beyond the threshold.")
WORSENED = mark("From {before} to {after}: {measured} lies beyond the threshold.")
EASED = mark("From {before} to {after}: {measured}.")
WITHIN = mark("Within the threshold again: {measured}.")
NO_LONGER = mark("The case no longer exists: finished, begun, reported, or nothing is owed.")
DROPPED = mark("The rule is no longer part of the policy.")


def transitions(
    looks: pl.DataFrame,
    alerts: pl.DataFrame,
    *,
    on: date,
    watermarks: pl.DataFrame,
    rules: Collection[str],
) -> pl.DataFrame:
    """What changes on a day: at most one row per project and rule.

    ``looks`` is ``judge(…, also=alerts)``, ``alerts`` the open ones (ALERTS), ``rules`` those of the
    policy. Columns: city, project, rule, alert (null when opened), seq (of the new event), opened_on,
    transition, before, after, measured, known, applies, inputs, reason (JSON: a catalogue key with its values). Asking again
    after the result was stored gives no row.
    """
    known_alerts = alerts.rename({"id": "alert", "severity": "before"})
    looked = looks.rename({"severity": "after"}).join(
        known_alerts, on=_PAIR, how="full", coalesce=True, nulls_equal=False
    )
    dropped = pl.col("alert").is_not_null() & ~pl.col("rule").is_in(list(rules))
    kind = (
        pl.when(dropped)
        .then(pl.lit(str(Transition.RESOLVED)))
        .when(~pl.col("known").fill_null(False))
        .then(None)
        .when(pl.col("alert").is_null() & pl.col("after").is_not_null())
        .then(pl.lit(str(Transition.OPENED)))
        .when(pl.col("alert").is_not_null() & pl.col("after").is_null())
        .then(pl.lit(str(Transition.RESOLVED)))
        .when((pl.col("before") == _YELLOW) & (pl.col("after") == _RED))
        .then(pl.lit(str(Transition.WORSENED)))
        .when((pl.col("before") == _RED) & (pl.col("after") == _YELLOW))
        .then(pl.lit(str(Transition.EASED)))
    )
    return (
        looked.with_columns(transition=kind)
        .filter(pl.col("transition").is_not_null())
        .join(watermarks.filter(pl.col("judged_on") > on), on=KEY, how="anti")
        .with_columns(
            seq=pl.col("seq").fill_null(0) + 1,
            opened_on=pl.col("opened_on").fill_null(on),
            key=_reason_key(dropped),
            inputs=pl.col("inputs").fill_null("{}"),
            known=pl.col("known").fill_null(False),
            applies=pl.col("applies").fill_null(False),
        )
        .select(
            *_PAIR,
            *("alert", "seq", "opened_on", "transition", "before", "after", "measured"),
            *("known", "applies", "inputs"),
            reason=pl.struct("key", "before", "after", "measured").struct.json_encode(),
        )
        .sort(_PAIR)
    )


def unmoved(looks: pl.DataFrame, alerts: pl.DataFrame) -> pl.DataFrame:
    """Open alerts that speak on at the same severity: their figures may be newer all the same.

    Arguments as for ``transitions``. Columns: city, alert, rule, after, measured, known, applies, inputs.
    """
    known_alerts = alerts.select(*_PAIR, alert="id", before="severity")
    return (
        looks.rename({"severity": "after"})
        .join(known_alerts, on=_PAIR)
        .filter((pl.col("after") == pl.col("before")) & pl.col("known"))
        .select("city", "project", "alert", "rule", "after", "measured", "known", "applies", "inputs")
    )


def _reason_key(dropped: pl.Expr) -> pl.Expr:
    keys = {Transition.OPENED: OPENED, Transition.WORSENED: WORSENED, Transition.EASED: EASED}
    still = pl.col("transition").replace_strict(
        {str(name): key for name, key in keys.items()}, default=WITHIN, return_dtype=pl.String
    )
    resolved = pl.col("transition") == str(Transition.RESOLVED)
    return (
        pl.when(dropped)
        .then(pl.lit(DROPPED))
        .when(resolved & ~pl.col("applies").fill_null(True))
        .then(pl.lit(NO_LONGER))
        .otherwise(still)
    )
