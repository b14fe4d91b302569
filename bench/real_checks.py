"""The arithmetic of each rule done again from the cells of the file: plain Python, none of the product's code.

A check takes a project's rows of the files, the oldest first, and the day judged on, and gives the sum as
somebody would write it on paper with its result. ``bench/real_data.py`` holds it against what the rule measured.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Row:
    """What one row of a file says of a project; amounts in the file's own unit."""

    as_of: date
    start: date
    end: date
    total: float | None
    progress: float | None
    issued: float | None
    spent: float | None


def mexico(as_of: date, cells: dict[str, Any]) -> Row:
    """A row of Obra Pública Abierta; a time of day behind a date is left out."""
    return Row(
        as_of,
        _day(cells["FECHA_INICIO_CAL_FF"], (2, 1, 0)),
        _day(cells["FECHA_FIN_CAL_FF"], (2, 1, 0)),
        *(_number(cells[n]) for n in ("MONTO_TOTAL_INVERSION", "AVANCE_FISICO", "MODIFICADO", "EJERCIDO")),
    )


def new_york(as_of: date, cells: dict[str, Any]) -> Row:
    """A row of the School Construction Authority: only a complete phase has a progress, and nothing is issued."""
    done = 100.0 if cells["Project Status Name"].strip() == "Complete" else None
    return Row(
        as_of,
        _day(cells["Project Phase Actual Start Date"], (2, 0, 1)),
        _day(cells["Project Phase Planned End Date"], (2, 0, 1)),
        _number(cells["Project Budget Amount"]),
        done,
        None,
        _number(cells["Total Phase Actual Spending Amount"]),
    )


def _day(text: str, order: tuple[int, int, int]) -> date:
    parts = text.strip().split(" ")[0].replace("-", "/").split("/")
    if len(parts[0]) == 4:  # an XLSX date cell read as text
        return date(*map(int, parts))
    return date(*(int(parts[n]) for n in order))


def _number(text: str | None) -> float | None:
    cleaned = (text or "").strip().replace(",", "")
    return float(cleaned) if cleaned else None


def filled(rows: list[Row]) -> list[Row]:
    """Rows whose newest says nothing of the works keeps the day and figures before; a blank progress or total
    is that of the row before (DECISIONS 19).
    """
    done: list[Row] = []
    for row in rows:
        before = done[-1] if done else row
        if not reports(row):
            row = replace(row, as_of=before.as_of, issued=before.issued, spent=before.spent)
        progress = before.progress if row.progress is None else row.progress
        total = before.total if row.total is None else row.total
        done.append(replace(row, progress=progress, total=total))
    return done


def reports(row: Row) -> bool:
    """Does a row say anything of the works or their money?"""
    return row.progress is not None or row.issued is not None or row.spent is not None


Told = tuple[str, float]


def _elapsed(row: Row, at: date) -> Told:
    gone, whole = (at - row.start).days + 1, (row.end - row.start).days + 1
    share = min(max(gone / whole, 0), 1) * 100
    return f"{gone:,} of {whole:,} days gone by {at}: {share:.2f} %", share


def _lagging_progress(rows: list[Row], on: date) -> Told:
    row = rows[-1]
    said, share = _elapsed(row, row.as_of)
    return f"{said}; − reported {row.progress} %", share - row.progress


def _lagging_spending(rows: list[Row], on: date) -> Told:
    row = rows[-1]
    said, share = _elapsed(row, row.as_of)
    return (
        f"{said}; spent {row.spent:,.0f} ÷ (issued {row.issued:,.0f} × that)",
        row.spent / row.issued / share * 100,
    )


def _out_of_red(rows: list[Row], on: date) -> Told:
    said, share = _elapsed(rows[0], rows[-1].as_of)
    return f"by the plan before, {said}; − reported {rows[-1].progress} %", share - rows[-1].progress


def _moved_end(rows: list[Row], on: date) -> Told:
    first, last = rows[0].end, rows[-1].end
    return f"{last} − {first}", (last - first).days


def _moved_either_way(rows: list[Row], on: date) -> Told:
    said, days = _moved_end(rows, on)
    return f"|{said}|", abs(days)


def _moved_money(rows: list[Row], on: date) -> Told:
    first, last = rows[0].total, rows[-1].total
    return f"|{last:,.0f} − {first:,.0f}| ÷ {first:,.0f}", abs(last - first) / first


def _fell(rows: list[Row], on: date) -> Told:
    told = "progress" if rows[0].progress is not None and rows[-1].progress < rows[0].progress else "spent"
    first, last = getattr(rows[0], told), getattr(rows[-1], told)
    return f"{told}: ({first:,} − {last:,}) ÷ {first:,}", (first - last) / first


def _late(rows: list[Row], on: date) -> Told:
    """Mexico: a period a year, 90 days to report it, so in January the year before last is the newest due."""
    due = date(on.year - 2, 12, 31)
    if not reports(rows[-1]):
        months = (due.year - rows[-1].start.year) * 12 + due.month - rows[-1].start.month + 1
        said = f"never reported, start {rows[-1].start}, due is {due}: {months} months, in whole years"
        return said, max(months // 12, 1)
    return f"newest report of {rows[-1].as_of}, due is {due}", due.year - rows[-1].as_of.year


def _money_ahead(rows: list[Row], on: date) -> Told:
    row = rows[-1]
    share = row.spent / row.issued * 100
    return (
        f"spent {row.spent:,.0f} ÷ issued {row.issued:,.0f} = {share:,.2f} %; − {row.progress} %",
        share - row.progress,
    )


def _not_started(rows: list[Row], on: date) -> Told:
    row = rows[-1]
    months = (row.as_of.year - row.start.year) * 12 + row.as_of.month - row.start.month
    months += row.as_of.day == monthrange(row.as_of.year, row.as_of.month)[1]
    return f"month ends from {row.start} to {row.as_of}, progress {row.progress}", months


def _past_end(rows: list[Row], on: date) -> Told:
    return f"{on} − {rows[-1].end}", (on - rows[-1].end).days


def _stalled(rows: list[Row], on: date) -> Told:
    said = f"{rows[-1].as_of} − {rows[0].as_of}, progress {rows[0].progress} and {rows[-1].progress}"
    return said, (rows[-1].as_of - rows[0].as_of).days if rows[0].progress == rows[-1].progress else -1


def _over_total(rows: list[Row], on: date) -> Told:
    row = rows[-1]
    return f"spent {row.spent:,.0f} ÷ budget {row.total:,.0f}", row.spent / row.total


def _work_ahead(rows: list[Row], on: date) -> Told:
    row = rows[-1]
    said = f"{row.progress} % − spent {row.spent:,.0f} ÷ budget {row.total:,.0f}"
    return said, row.progress - row.spent / row.total * 100


CHECKS: dict[str, Callable[[list[Row], date], Told]] = {
    "lagging_progress": _lagging_progress,
    "lagging_spending": _lagging_spending,
    "adjusted_out_of_red": _out_of_red,
    "drifted_end": _moved_end,
    "large_delay": _moved_either_way,
    "drifted_money": _moved_money,
    "large_value_change": _moved_money,
    "renamed_and_changed": _moved_money,
    "falling_figure": _fell,
    "late_report": _late,
    "money_ahead": _money_ahead,
    "not_started": _not_started,
    "past_end": _past_end,
    "stalled": _stalled,
    "over_total": _over_total,
    "work_ahead": _work_ahead,
}
