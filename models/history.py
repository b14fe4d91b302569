"""What the run of a project's reports tells beside the newest one: the report before, falls, the year's end.

Pure: the history and the newest reports of ``models/inputs.py`` in, one row a project out. Projects are
numbered first, so that millions of reports are grouped by a number and not by two texts. Refuses to judge, and
to say how progress stood still (``models/facts.py``).
"""

from datetime import date

import polars as pl

KEY = ["city", "project"]

#: The cumulative figures of a report.
FIGURES = ("physical_bp", "invested", "issued", "transferred", "paid", "spent")
_MONEY = FIGURES[1:]

#: Where money stands, and the stage it goes to next.
STOPS = {"issued": "transferred", "transferred": "paid", "paid": "spent"}

#: Columns of the answer beside the key.
COLUMNS = (
    *("previous_as_of", "same_figures", "same_increment", "increment"),
    *("fallen_figure", "fallen_bp", "fallen_from", "fallen_to"),
    *("rush_before", "rush_november", "rush_december", "invested_before_year"),
    *(f"reported_{stop}_since" for stop in STOPS),
)


def history_facts(
    history: pl.DataFrame, latest: pl.DataFrame, programmes: pl.DataFrame, on: date
) -> pl.DataFrame:
    """One row per project with a report: COLUMNS.

    ``latest`` has ``programme`` beside the newest figures. Money of a programme that reports once a year is
    not taken as cumulative: such a source may give the amounts of each year.
    """
    newest = latest.with_row_index("nr").join(
        programmes.select(programme="code", cumulative=pl.col("report_every_months") < 12),
        on="programme",
        how="left",
    )
    now = newest.select(*KEY, "nr", "cumulative", pl.col("as_of", *FIGURES).name.suffix("_now"))
    told = history.join(now, on=KEY).drop(KEY).filter(pl.col("as_of") <= pl.col("as_of_now"))
    return (
        newest.select(*KEY, "nr")
        .join(_previous(told), on="nr", how="left")
        .join(_over_time(told, on), on="nr", how="left")
        .with_columns(_fallen())
        .select(*KEY, *COLUMNS)
    )


def _previous(told: pl.DataFrame) -> pl.DataFrame:
    """The newest report beside the two before it."""
    ordered = told.select("nr", "as_of", *FIGURES).sort("nr", "as_of")
    one, two = (pl.col("nr").shift(back) == pl.col("nr") for back in (1, 2))
    before = {name: pl.when(one).then(pl.col(name).shift(1)) for name in ("as_of", *FIGURES)}
    twice = pl.when(two).then(pl.col("invested").shift(2))
    increment = pl.col("invested") - before["invested"]
    same = pl.all_horizontal(pl.col(name).eq_missing(before[name]) for name in FIGURES)
    told_enough = pl.col("physical_bp").is_not_null() & pl.col("invested").is_not_null()
    return ordered.select(
        "nr",
        newest=(pl.col("nr").shift(-1) != pl.col("nr")).fill_null(True),
        previous_as_of=before["as_of"],
        same_figures=same & told_enough & one.fill_null(False),
        increment=increment,
        same_increment=((increment > 0) & (increment == before["invested"] - twice)).fill_null(False),
    ).filter("newest")


def _over_time(told: pl.DataFrame, on: date) -> pl.DataFrame:
    """Highest earlier figures, what stood at the turns of the year, and since when money is where it is."""
    year = on.year - 1  # the year that ended last
    earlier = pl.col("as_of") < pl.col("as_of_now")
    begun = pl.col("as_of_now").dt.year() > pl.col("as_of").dt.year()
    spent, month = pl.col("spent"), pl.col("as_of").dt.month()
    in_year = pl.col("as_of").dt.year() == year
    return told.group_by("nr").agg(
        *(pl.col(f"{name}_now").first() for name in FIGURES),
        *(pl.col(name).filter(earlier).max().alias(f"{name}_high") for name in FIGURES),
        pl.col("cumulative").first(),
        invested_before_year=pl.col("invested").filter(begun).max(),
        rush_before=spent.filter(pl.col("as_of").dt.year() < year).max(),
        rush_november=spent.filter(in_year & (month == 11)).max(),
        rush_december=spent.filter(in_year & (month == 12)).max(),
        **{
            f"reported_{stop}_since": pl.col("as_of").filter(pl.col(stop) > pl.col(f"{following}_now")).min()
            for stop, following in STOPS.items()
        },
    )


def _fallen() -> list[pl.Expr]:
    """The figure that fell most from its highest earlier value, relative to that; null where none did."""
    falls = {}
    for name in FIGURES:
        high, now = pl.col(f"{name}_high"), pl.col(f"{name}_now")
        counted = pl.lit(True) if name == "physical_bp" else pl.col("cumulative")
        falls[name] = pl.when(counted & (now < high)).then((high - now) * 10_000 / high)
    worst = pl.max_horizontal(falls.values())

    def of_worst(value: dict[str, pl.Expr]) -> pl.Expr:
        return pl.coalesce(pl.when(falls[name] == worst).then(value[name]) for name in FIGURES)

    return [
        worst.alias("fallen_bp"),
        of_worst({name: pl.lit(name) for name in FIGURES}).alias("fallen_figure"),
        of_worst({name: pl.col(f"{name}_high") for name in FIGURES}).alias("fallen_from"),
        of_worst({name: pl.col(f"{name}_now") for name in FIGURES}).alias("fallen_to"),
    ]
