"""Budget execution: rates with their denominators, where money stands, the months of a year, the forecast.

Pure: sums and frames in, rows out. Amounts in fen, shares in basis points, each None where its denominator is
0. Refuses to judge: a pace that is out of reach is said in words and gives no light. To add a rate, add it to
``Row`` and to the page's columns.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from alerts.totals import Sums
from models.measures import FULL_BP, elapsed_bp
from models.vocabulary import MoneyStage


@dataclass(frozen=True)
class Row:
    """One group's money. ``issued_bp`` is of the reward approved; all other shares are of the money issued.

    ``gap_bp``: spent ÷ issued minus the share of the year that is gone.
    """

    code: str
    sums: Sums
    issued_bp: float | None
    transferred_bp: float | None
    paid_bp: float | None
    spent_bp: float | None
    planned_bp: float | None
    gap_bp: float | None


def rows(groups: Mapping[str, Sums], elapsed: float) -> list[Row]:
    """A row for every group, in the groups' order. ``elapsed``: share of the year gone, in basis points."""
    return [_row(code, found, elapsed) for code, found in groups.items()]


def _row(code: str, found: Sums, elapsed: float) -> Row:
    spent = share(found.spent, found.issued)
    return Row(
        code=code,
        sums=found,
        issued_bp=share(found.issued, found.reward),
        transferred_bp=share(found.transferred, found.issued),
        paid_bp=share(found.paid, found.issued),
        spent_bp=spent,
        planned_bp=found.planned_spending_bp,
        gap_bp=None if spent is None else spent - elapsed,
    )


def share(part: float, whole: float) -> float | None:
    """A part of a whole in basis points; None where the whole is not above 0."""
    return part * FULL_BP / whole if whole > 0 else None


# --- the day ------------------------------------------------------------------------------------------------


def figure_day(on: date, newest_as_of: date | None) -> date:
    """The day money is held against: the newest as-of day, or the day itself where that lies in another year."""
    return newest_as_of if newest_as_of is not None and newest_as_of.year == on.year else on


def year_elapsed(at: date) -> float:
    """Time-elapsed share of the calendar year at a day, both ends counted."""
    frame = pl.DataFrame({"start": [date(at.year, 1, 1)], "end": [date(at.year, 12, 31)], "at": [at]})
    return float(frame.select(elapsed_bp("start", "end", "at")).item())


# --- the waterfall ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """What has got as far as a stage, and what of it has gone no further.

    ``standing`` is None at the last stage, and below 0 where the next stage reports more than this one.
    """

    stage: MoneyStage
    amount: int
    standing: int | None


def waterfall(found: Sums) -> list[Stop]:
    """Issued → transferred → paid → spent."""
    amounts = [getattr(found, stage) for stage in MoneyStage]
    following = [*amounts[1:], None]
    return [
        Stop(stage, amount, None if after is None else amount - after)
        for stage, amount, after in zip(MoneyStage, amounts, following, strict=True)
    ]


# --- the months ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """A month of the year. Amounts reported are None for months after the figures' day.

    ``until``: the month's end, or the figures' day in the month that still runs. ``spent``, ``issued`` and
    ``planned`` are cumulative; ``added`` is what the month added to money spent, ``paced`` the part of it from
    projects that had told it before, None where no such project reported. ``elapsed``: money issued to date × time elapsed.
    """

    until: date
    issued: int | None
    spent: int | None
    added: int | None
    paced: int | None
    planned: float
    elapsed: float


def months(reported: pl.DataFrame, planned: pl.DataFrame, at: date) -> list[Month]:
    """The twelve months of a day's year; the frames are those of ``models/queries/execution.py``."""
    issued_now, spent_before = _to(reported, "issued", at), _to(reported, "spent", date(at.year - 1, 12, 31))
    found, since, before = [], date(at.year - 1, 12, 31), spent_before
    for number in range(1, 13):
        end = date(at.year, number, monthrange(at.year, number)[1])
        begun = date(at.year, number, 1) <= at
        until = min(end, at) if begun else end
        spent = _to(reported, "spent", until)
        followed = _to(reported, "followed", until) > _to(reported, "followed", since)
        found.append(
            Month(
                until=until,
                issued=_to(reported, "issued", until) if begun else None,
                spent=spent if begun else None,
                added=spent - before if begun else None,
                paced=_to(reported, "paced", until) - _to(reported, "paced", since) if followed else None,
                planned=_planned(reported, planned, until),
                elapsed=issued_now * year_elapsed(until) / FULL_BP,
            )
        )
        since, before = until, spent
    return found


def _to(reported: pl.DataFrame, name: str, until: date) -> int:
    return int(reported.filter(pl.col("as_of") <= until)[name].sum() or 0)


def _planned(reported: pl.DataFrame, planned: pl.DataFrame, until: date) -> float:
    """The curves' value, and for projects without one the money issued by then × their time elapsed."""
    by_curve = planned.filter(pl.col("month") <= until)["planned"].sum() or 0
    bare = reported.filter(pl.col("as_of") <= until, pl.col("planned_start").is_not_null())
    gone = bare.with_columns(at=pl.lit(until)).select(
        (pl.col("issued") * elapsed_bp("planned_start", "planned_end", "at") / FULL_BP).sum()
    )
    return float(by_curve + (gone.item() or 0))


# --- the forecast -------------------------------------------------------------------------------------------


class Reach(StrEnum):
    """What a forecast says."""

    NOTHING_ISSUED = "nothing_issued"
    ALL_SPENT = "all_spent"
    YEAR_OVER = "year_over"
    NO_PACE = "no_pace"
    WITHIN = "within"
    BEYOND = "beyond"


@dataclass(frozen=True)
class Forecast:
    """To 31 December: what each month left would have to spend, against the best month of this year.

    ``months_left`` counts the running month by its days left. ``required`` and ``best`` in fen a month;
    ``best`` is never below 0. ``at_best_bp``: spent ÷ issued on 31 December at the best pace, uncapped.
    """

    reach: Reach
    remaining: int
    months_left: float
    required: float | None
    best: int | None
    best_month: date | None
    at_best_bp: float | None


def months_left(at: date) -> float:
    """Months from the end of a day to 31 December; the running month counts by its days left."""
    days = monthrange(at.year, at.month)[1]
    return 12 - at.month + (days - at.day) / days


def forecast(issued: int, spent: int, found: list[Month], at: date) -> Forecast:
    """Required pace against the best pace achieved; ``found`` are the months of ``months``."""
    left, remaining = months_left(at), issued - spent
    paces = {month.until: month.paced for month in found if month.paced is not None}
    best = max(0, *paces.values()) if paces else None
    required = remaining / left if left > 0 and remaining > 0 else None
    return Forecast(
        reach=_reach(issued, remaining, required, best),
        remaining=remaining,
        months_left=left,
        required=required,
        best=best,
        best_month=max(paces, key=paces.__getitem__) if best else None,
        at_best_bp=None if best is None else share(spent + best * left, issued),
    )


def _reach(issued: int, remaining: int, required: float | None, best: int | None) -> Reach:
    if issued <= 0:
        return Reach.NOTHING_ISSUED
    if remaining <= 0:
        return Reach.ALL_SPENT
    if required is None:
        return Reach.YEAR_OVER
    if best is None:
        return Reach.NO_PACE
    return Reach.BEYOND if required > best else Reach.WITHIN
