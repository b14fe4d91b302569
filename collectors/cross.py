"""What one form says beside another: reports against the money movements, projects against the city's money.

Warnings with the difference, never errors: which of two forms is right, the city knows. Central reward money
only, which is what the dispatch form's money columns are.
"""

from datetime import date

import polars as pl

from collectors.amounts import wan
from collectors.compare import Outcome
from collectors.problems import Finding
from collectors.stored import Stored
from models.records import Fund
from models.reports import Report
from models.vocabulary import FundSource, MoneyStage

_KEY = ["city", "project"]
_STAGES = [str(stage) for stage in MoneyStage]


def beside_money(outcome: Outcome, stored: Stored) -> list[Finding]:
    """New dispatch rows against the movements of the same project; one city's projects against its issued money."""
    rows = next((rows for table, rows in outcome.inserts if table is Report and rows.height), None)
    if rows is None:
        return []
    moved = stored.records(Fund).filter(pl.col("source") == str(FundSource.CENTRAL))
    if moved.is_empty():
        return []
    rows = rows.filter(pl.col("superseded_at").is_null())
    return [*_by_project(rows, moved), *_by_city(rows, moved, stored)]


def beside_reports(outcome: Outcome, stored: Stored) -> list[Finding]:
    """New movements of a project's money against its newest report, which they may belie."""
    new = next((rows for table, rows in outcome.inserts if table is Fund), None)
    if new is None:
        return []
    new = _of_projects(new.filter(pl.col("superseded_at").is_null()))
    if new.is_empty():
        return []
    before = stored.records(Fund).join(new, on=["city", "record_key"], how="anti")
    moved = pl.concat([_of_projects(before), new], how="diagonal")
    reports = stored.reports(date.max, date.max, _STAGES)  # of each project the newest
    findings = []
    for stage in _STAGES:
        lines = new.filter(pl.col("stage") == stage).select("row_no", *_KEY, "happened_on")
        differing = _differing(reports, moved, stage).join(lines, on=_KEY)
        told = differing.filter(pl.col("happened_on") <= pl.col("as_of")).unique(_KEY, keep="last")
        findings += _said("W-B141", "amount", told, pl.col("moved"), pl.col(stage), when=pl.col("as_of"))
    return findings


def _of_projects(movements: pl.DataFrame) -> pl.DataFrame:
    central = pl.col("source") == str(FundSource.CENTRAL)
    return movements.filter(central & pl.col("project").is_not_null())


def _by_project(rows: pl.DataFrame, moved: pl.DataFrame) -> list[Finding]:
    """Each money column against the sum of the project's movements up to the row's day."""
    findings, moved = [], _of_projects(moved)
    for stage in _STAGES:
        differing = _differing(rows, moved, stage)
        findings += _said("W-B138", stage, differing, pl.col(stage), pl.col("moved"))
    return findings


def _differing(rows: pl.DataFrame, moved: pl.DataFrame, stage: str) -> pl.DataFrame:
    """Rows of reports whose figure of a stage is not what has ``moved`` by their day, where anything has."""
    sums = moved.filter(pl.col("stage") == stage).sort("happened_on")
    sums = sums.select(*_KEY, moved=pl.col("amount").cum_sum().over(_KEY), day="happened_on")
    told = rows.filter(pl.col(stage).is_not_null()).sort("as_of")
    both = told.join_asof(
        sums, left_on="as_of", right_on="day", by=_KEY, strategy="backward", check_sortedness=False
    )
    return both.filter(pl.col("moved") != pl.col(stage))


def _by_city(rows: pl.DataFrame, moved: pl.DataFrame, stored: Stored) -> list[Finding]:
    """The newest issued amounts of a city's projects together against what was issued to the city."""
    if rows["city"].n_unique() != 1:
        return []
    newest = rows.filter(pl.col("issued").is_not_null()).sort("as_of").group_by(_KEY).last()
    others = stored.newest_issued().join(newest, on=_KEY, how="anti")
    projects = int(newest["issued"].sum() or 0) + int(others["issued"].sum() or 0)
    issued = int(moved.filter(pl.col("stage") == str(MoneyStage.ISSUED))["amount"].sum() or 0)
    if not issued or projects <= issued:
        return []
    values = {"money": [projects - issued], "projects": [projects], "issued": [issued]}
    told = pl.DataFrame(values).select(
        found=wan("projects"), other=wan("issued"), difference=wan("money"), money="money"
    )
    first = told.row(0, named=True)
    return [Finding("W-B139", None, None, first)]


def _said(
    code: str, column: str, rows: pl.DataFrame, found: pl.Expr, other: pl.Expr, **values: pl.Expr
) -> list[Finding]:
    if rows.is_empty():
        return []
    told = rows.select(
        "row_no",
        found=wan(found),
        other=wan(other),
        difference=wan((found - other).abs()),
        money=(found - other).abs(),
        **{name: value.cast(pl.String) for name, value in values.items()},
    )
    return [Finding(code, column, told)]
