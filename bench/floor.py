"""The floor under an intake: Polars reads the file, and the rows go into the same table by the fastest road.

Nothing is checked, nothing compared, no original kept. SQLite: one bulk insert over ADBC; PostgreSQL: COPY.
"""

import polars as pl
import sqlalchemy as sa

from bench import data
from bench.measure import Spent, Stopwatch
from models.db import Database, load
from models.reports import Report

#: The file's columns as the table calls them.
_NAMES = (
    *("project", "as_of", "physical_bp", "invested", "month_invested", "year_invested", "annual_plan"),
    *("issued", "transferred", "paid", "spent", "stage", "narrative", "problem", "next_step"),
)
_FIGURES = _NAMES[2:11]
_REPORTED = ("report", "submissionproblem", "submissionfile", "submission")


def floor(db: Database, keys: pl.DataFrame, content: bytes) -> Spent:
    """The time to read the file and insert it; the tables are emptied before."""
    empty(db)
    with Stopwatch() as watch:
        _insert(db, _read(keys, content))
    return watch.spent


def _read(keys: pl.DataFrame, content: bytes) -> pl.DataFrame:
    frame = pl.read_csv(content, infer_schema_length=1000)
    return (
        frame.rename(dict(zip(frame.columns, _NAMES, strict=True)))
        .with_columns(
            pl.col("as_of").cast(pl.String).str.to_date(),
            pl.col(*_FIGURES).cast(pl.Int64),
            stage=pl.lit("continuing"),
            submission=pl.lit("floor"),
            row_no=pl.int_range(2, pl.len() + 2),
            recorded_at=pl.lit(data.KNOWN, pl.Datetime("us", "UTC")),
        )
        .join(keys.select("city", "project"), on="project")
    )


def _insert(db: Database, frame: pl.DataFrame) -> None:
    if not db.is_sqlite:
        with db.rw.begin() as connection:
            load(connection, Report, frame)
        return
    import adbc_driver_sqlite.dbapi

    db.dispose()  # two copies of SQLite must never have the file open in one process
    text = frame.with_columns(
        pl.col("as_of").dt.strftime("%Y-%m-%d"), pl.col("recorded_at").dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
    )
    with adbc_driver_sqlite.dbapi.connect(str(db.ro.url.database)) as connection:
        with connection.cursor() as cursor:
            cursor.adbc_ingest("report", text.to_arrow(), mode="append")
        connection.commit()


def empty(db: Database) -> None:
    """Nothing reported, and no dead rows or log of an earlier turn."""
    with db.rw.begin() as connection:
        if not db.is_sqlite:
            connection.execute(sa.text(f"truncate {', '.join(_REPORTED)} cascade"))
            return
        for table in _REPORTED:
            connection.execute(sa.text(f"delete from {table}"))
    with db.ro.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
