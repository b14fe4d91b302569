"""The figures of new reports beside those that each project reported last: what a month has moved.

A row for a new day changes nothing that is stored, so the comparison says only that it is new; whoever reads
the preview wants to see from where. Writes nothing.
"""

import polars as pl

from collectors.compare import KEY, Effect
from collectors.stored import Stored, schema
from models.db import Database
from models.reports import Report

#: What is set beside the last report: cumulative figures (basis points, fen), and the stage.
MOVING = ("physical_bp", "invested", "issued", "transferred", "paid", "spent")
TOLD = (*MOVING, "stage")

_DAY = [*KEY, "as_of"]


def since_last(db: Database, effect: Effect) -> pl.DataFrame:
    """New reports of a delivery beside the report before each, one row a report, in the order of the file.

    Columns: row_no, city, project, as_of, TOLD; ``before`` (the day of the report before) and TOLD with
    ``_before``. Left out: a project's first report, corrections, rows that came too late to count.
    """
    fresh = _fresh(effect)
    figures = [*_DAY, *TOLD]
    known = fresh.select(figures)  # of two months in one file, the second stands beside the first
    if fresh.height:
        with db.ro.connect() as connection:
            named = (tuple(fresh[name].unique().sort()) for name in ("project", "city"))
            stored = Stored(db, connection, *named)
            history = stored.reports(fresh["as_of"].min(), fresh["as_of"].max(), TOLD)
        known = pl.concat([history.select(figures), known]).sort("as_of")
    known = known.with_columns(before=pl.col("as_of"))
    beside = fresh.sort("as_of").join_asof(
        known, on="as_of", by=KEY, suffix="_before", allow_exact_matches=False, check_sortedness=False
    )
    return beside.filter(pl.col("before").is_not_null()).sort("row_no", "as_of")


def _fresh(effect: Effect) -> pl.DataFrame:
    """Reports of days that have none yet."""
    types = {name: schema(Report)[name] for name in ("row_no", *_DAY, *TOLD)}
    rows = [frame for table, frame in effect.inserts if table is Report]
    corrected = [frame.select(_DAY) for table, frame in effect.supersede if table is Report]
    found = [frame.filter(pl.col("superseded_at").is_null()).select(types.keys()) for frame in rows]
    fresh = pl.concat(found) if found else pl.DataFrame(schema=types)
    return fresh.join(pl.concat(corrected), on=_DAY, how="anti") if corrected else fresh
