"""Many rows go in as few do: a column with one value in all rows is written into the statement."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from models.db import SMALL, fetch, load

TEXTS = {"t0": "", "t1": 'O\'Neil "?" :x %s {y} \\', "t2": "两行\n'", "t3": "x" * 5_000, "t4": None}
TABLE = sa.Table(
    "loaded",
    sa.MetaData(),
    sa.Column("number", sa.BigInteger, primary_key=True),
    *(sa.Column(name, sa.String) for name in TEXTS),
    sa.Column("large", sa.BigInteger),
    sa.Column("share", sa.Float),
    sa.Column("flag", sa.Boolean),
    sa.Column("day", sa.Date),
)


@pytest.mark.parametrize("rows", [3, SMALL + 1])
def test_a_column_with_one_value_comes_back_as_it_was(db, rows):
    frame = pl.DataFrame({"number": range(rows)}).select(
        "number",
        **{name: pl.lit(text, pl.String) for name, text in TEXTS.items()},
        large=pl.lit(-(2**62)),
        share=pl.lit(0.1 + 0.2),
        flag=pl.lit(True),
        day=pl.lit(date(2026, 2, 28)),
    )
    with db.rw.begin() as connection:
        TABLE.create(connection)
        assert load(connection, TABLE, frame) == rows
    assert fetch(db, sa.select(*TABLE.c).order_by(TABLE.c.number)).equals(frame)


def test_blank_and_missing_stay_apart_in_one_column(db):
    frame = pl.DataFrame({"number": range(SMALL + 2)}).with_columns(
        t0=pl.when(pl.col("number") % 2 == 0).then(pl.lit(""))
    )
    with db.rw.begin() as connection:
        TABLE.create(connection)
        load(connection, TABLE, frame)
    found = fetch(db, sa.select(TABLE.c.number, TABLE.c.t0).order_by(TABLE.c.number))
    assert found.equals(frame)


INSTANTS = sa.Table(
    "instants", sa.MetaData(), sa.Column("n", sa.BigInteger, primary_key=True), sa.Column("at", sa.DateTime)
)


def test_instants_are_written_as_the_ground_writes_them(sqlite_db):
    at = datetime(2026, 11, 23, 2, 0, 0, 123456, tzinfo=UTC)
    frame = pl.DataFrame({"n": range(SMALL + 1)}).with_columns(at=pl.lit(at, pl.Datetime("us", "UTC")))
    with sqlite_db.rw.begin() as connection:
        INSTANTS.create(connection)
        load(connection, INSTANTS, frame)
        assert set(connection.scalars(sa.select(INSTANTS.c.at))) == {at.replace(tzinfo=None)}
