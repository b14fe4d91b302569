"""The shape of a plan's curve, and the steepest month that comparable projects ever delivered.

Comparable is a project of the same kind in the same city, so that a city looked at by itself is told the same
as within the whole country. Pure: frames of ``models/inputs.py`` in, one row a project out.
"""

import polars as pl

KEY = ["city", "project"]

#: Columns of the answer beside the key.
COLUMNS = ("q4_bp", "q4_by_spending", "steepest_bp", "delivered_bp", "comparable_projects")


def shape_facts(
    plans: pl.DataFrame, points: pl.DataFrame, history: pl.DataFrame, kinds: pl.DataFrame
) -> pl.DataFrame:
    """One row per project of ``kinds`` (city, project, kind): COLUMNS, in basis points.

    ``plans`` are those in force. ``q4_bp`` is the share of a calendar year's planned spending (of its progress,
    where the curve plans no money) that falls into October to December, the worst of the years that the curve
    covers month by month. ``steepest_bp`` is the most that is planned for one month, ``delivered_bp`` the most
    that any comparable project moved in a month, out of ``comparable_projects``.
    """
    numbered = kinds.with_row_index("nr")
    steps = _steps(numbered, plans, points)
    return (
        numbered.join(_fourth_quarter(steps), on="nr", how="left")
        .join(steps.group_by("nr").agg(steepest_bp=pl.col("pace").max()), on="nr", how="left")
        .join(_delivered(numbered, history), on=["city", "kind"], how="left")
        .select(*KEY, *COLUMNS)
    )


def _steps(numbered: pl.DataFrame, plans: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The curve month by month: what each point adds, and how much of it falls to one month."""
    own = plans.select(*KEY, "version", "planned_start").join(numbered.select(*KEY, "nr"), on=KEY)
    rows = points.join(own, on=[*KEY, "version"]).drop(KEY).sort("nr", "month")
    first = (pl.col("nr").shift(1) != pl.col("nr")).fill_null(True)
    before = (
        pl.when(first).then(pl.col("planned_start").dt.offset_by("-1mo")).otherwise(pl.col("month").shift(1))
    )
    gone = _months("month") - before.dt.year().cast(pl.Int64) * 12 - before.dt.month()
    added = {
        name: pl.col(name) - pl.when(first).then(0).otherwise(pl.col(name).shift(1))
        for name in ("planned_bp", "planned_spending")
    }
    return rows.select(
        "nr",
        year=pl.col("month").dt.year(),
        last=pl.col("month").dt.month() >= 10,
        work=added["planned_bp"],
        money=added["planned_spending"],
        pace=added["planned_bp"] / gone.clip(lower_bound=1),
    )


def _fourth_quarter(steps: pl.DataFrame) -> pl.DataFrame:
    years = steps.group_by("nr", "year").agg(
        months=pl.len(),
        told=pl.col("money").count(),
        money=pl.col("money").sum(),
        money_late=pl.col("money").filter("last").sum(),
        work=pl.col("work").sum(),
        work_late=pl.col("work").filter("last").sum(),
    )
    by_money = (pl.col("told") == 12) & (pl.col("money") > 0)
    share = pl.when(by_money).then(pl.col("money_late") * 10_000 / pl.col("money"))
    share = share.when(pl.col("work") > 0).then(pl.col("work_late") * 10_000 / pl.col("work"))
    whole = years.filter(pl.col("months") == 12).with_columns(share=share, by_money=by_money)
    return whole.group_by("nr").agg(
        q4_bp=pl.col("share").max(), q4_by_spending=pl.col("by_money").get(pl.col("share").arg_max())
    )


def _delivered(numbered: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """By city and kind: the steepest month, from the last report of each calendar month."""
    known = history.filter(pl.col("physical_bp").is_not_null()).select(*KEY, "as_of", "physical_bp")
    rows = known.join(numbered, on=KEY).drop(KEY).sort("nr", "as_of").with_columns(month=_months("as_of"))
    following = (pl.col("nr").shift(-1) == pl.col("nr")) & (pl.col("month").shift(-1) == pl.col("month"))
    ends = rows.filter(~following.fill_null(False))
    gone = pl.col("month") - pl.col("month").shift(1)
    moved = (pl.col("physical_bp") - pl.col("physical_bp").shift(1)) / gone
    pace = pl.when(pl.col("nr").shift(1) == pl.col("nr")).then(moved)
    best = ends.select("nr", pace=pace).group_by("nr").agg(pl.col("pace").max()).filter(pl.col("pace") > 0)
    return (
        best.join(numbered.select("nr", "city", "kind"), on="nr")
        .group_by("city", "kind")
        .agg(delivered_bp=pl.col("pace").max(), comparable_projects=pl.len().cast(pl.Int64))
    )


def _months(day: str) -> pl.Expr:
    return pl.col(day).dt.year().cast(pl.Int64) * 12 + pl.col(day).dt.month()
