"""What a file, or a decision, would do to the lights: each touched project's light before and after.

Judges the newest known state twice, as it is and with rows laid over it. Stores nothing.
"""

from datetime import date, datetime

import polars as pl

from alerts.in_force import judging_instant, policies_at
from alerts.judge import rank
from alerts.partition import lights_each
from models.db import Database
from models.facts import KEY, from_inputs
from models.inputs import read_inputs
from models.overlay import Rows, overlaid

#: Columns of the answer.
EFFECT = {
    **{"city": pl.String, "project": pl.String, "name": pl.String},
    **{"light_before": pl.String, "light": pl.String, "rules_before": pl.String, "rules": pl.String},
    "policy": pl.Int64,
}


def effect(
    db: Database, inserts: Rows, superseded: Rows, *, cities: frozenset[str], on: date, now: datetime
) -> pl.DataFrame:
    """One row per touched project (EFFECT), the worst change first; ``light_before`` None for a new project."""
    inserts, superseded = tuple(inserts), tuple(superseded)
    touched = _touched(inserts)
    if touched.is_empty() or not cities:
        return pl.DataFrame(schema=EFFECT)
    inputs = read_inputs(db, on, now, cities=cities, every_report=True)
    with db.ro.connect() as connection:
        policies = policies_at(connection, judging_instant(on, now))
    before = from_inputs(overlaid(inputs, (), (), on=on, now=now), on)
    after = from_inputs(overlaid(inputs, inserts, superseded, on=on, now=now), on)
    old = lights_each(before, policies).select(*KEY, light_before="light", rules_before="rules")
    joined = (
        lights_each(after, policies)
        .join(touched, on=KEY, how="semi")
        .join(old, on=KEY, how="left")
        .join(after.select(*KEY, "name"), on=KEY)
    )
    moved = rank("light") - rank("light_before").fill_null(0)
    return joined.sort(moved, "score", descending=True).select(EFFECT.keys())


def _touched(inserts: Rows) -> pl.DataFrame:
    """City and project of every row that is about a project."""
    parts = [
        rows.select("city", pl.col("project" if "project" in rows.columns else "code").alias("project"))
        for _, rows in inserts
        if rows.height and ({"project", "code"} & set(rows.columns))
    ]
    return (
        pl.concat(parts).drop_nulls().unique()
        if parts
        else pl.DataFrame(schema={"city": pl.String, "project": pl.String})
    )
