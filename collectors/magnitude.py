"""Figures that are possible but hardly meant: warnings that are confirmed, never errors.

Falling cumulative figures, jumps, amounts in yuan where 10k yuan is meant, money spent before it was paid.
The bounds are the bad-input catalogue's (promises.md 3.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from collectors.amounts import points, wan
from collectors.ordering import fingerprint
from collectors.problems import Finding
from models.money import FEN_PER_WAN
from models.vocabulary import FINISHED_STAGES

KEY = ["city", "project"]
_PLACE = [*KEY, "as_of"]

#: Cumulative figures: they do not fall (B104).
CUMULATIVE = ("physical_bp", "invested", "issued", "transferred", "paid", "spent")
_MONEY = ("invested", "annual_plan", "issued", "transferred", "paid", "spent")

#: More than this many basis points in at most this many days is a jump (B105).
JUMP_BP, JUMP_DAYS = 4_000, 62

#: An amount this many times the plan's total, or in this band times the last one, looks like yuan (C66).
TIMES_PLAN, BAND = 20, (9_800, 10_200)

#: At least this share of at least this many rows, each as on its last as-of day, was not updated (B112).
ALIKE_PERCENT, ALIKE_ROWS = 90, 5

#: Above this many rows figures are looked at one by one, so that few of them are held at once.
TOGETHER = 20_000

#: A first plan of at least this many fen (100bn yuan) looks like yuan under a header of 万元.
HUGE = 10_000_000 * FEN_PER_WAN

#: A later stage of the money is not more than the one before it, nor a part more than the whole (B106).
_ORDER = (
    *(("spent", "paid"), ("paid", "transferred"), ("transferred", "issued")),
    *(("year_invested", "invested"), ("month_invested", "year_invested")),
)

#: The figures as the forms call them.
NAMES = {
    "physical_bp": ("形象进度", "Physical progress"),
    "invested": ("累计完成投资", "Investment completed"),
    "month_invested": ("本月完成投资", "Invested this month"),
    "year_invested": ("年初累计完成投资", "Invested this year"),
    "annual_plan": ("年度计划投资", "Annual plan"),
    "issued": ("下达", "Issued"),
    "transferred": ("拨付", "Transferred"),
    "paid": ("支付", "Paid"),
    "spent": ("支出", "Spent"),
    "total_investment": ("总投资", "Total investment"),
    "reward": ("核定奖补资金", "Approved reward money"),
}


def _told(name: str, suffix: str = "") -> pl.Expr:
    return points(pl.col(name + suffix)) + "%" if name == "physical_bp" else wan(name + suffix)


@dataclass(frozen=True)
class _Check:
    """One suspicion about one column: which rows, and what the message needs.

    ``against`` may name another column of the file; ``collectors/intake.py`` says it as the file does.
    """

    code: str
    name: str
    mask: pl.Expr
    values: dict


def _speaking(frame: pl.DataFrame, checks: Sequence[_Check]) -> list[Finding]:
    """The checks that have something to say; all masks are asked in one pass."""
    if not checks or frame.is_empty():
        return []
    masks = [check.mask.fill_null(False).any().alias(str(i)) for i, check in enumerate(checks)]
    spoke = frame.select(masks).row(0)
    return [_finding(check, frame) for check, any_row in zip(checks, spoke, strict=True) if any_row]


def _finding(check: _Check, frame: pl.DataFrame) -> Finding:
    told = {k: v for k, v in check.values.items() if isinstance(v, pl.Expr)}
    constants = {k: v for k, v in check.values.items() if not isinstance(v, pl.Expr)}
    rows = frame.filter(check.mask).select("row_no", **told)
    return Finding(check.code, check.name, rows, constants)


def dispatch(
    touched: pl.DataFrame,
    history: pl.DataFrame,
    plans: pl.DataFrame,
    *,
    cumulative: tuple[str, ...] = CUMULATIVE,
) -> tuple[Finding, ...]:
    """What is unlikely about new or changed dispatch rows."""
    if touched.is_empty():
        return ()
    names = tuple(n for n in touched.columns if n in NAMES)
    return (
        *_alone(touched, plans, names),
        *_half_finished(touched),
        *_all_alike(touched),
        *_in_time(touched, history, names, cumulative),
    )


def _alone(touched: pl.DataFrame, plans: pl.DataFrame, names: tuple[str, ...]) -> list[Finding]:
    wanted = plans.select(*KEY, total="total_investment", cap="reward")
    planned = touched.select(KEY).join(wanted, on=KEY, how="left", maintain_order="left").drop(KEY)
    return _speaking(touched.select("row_no", *names).hstack(planned), _row_checks(names))


def _half_finished(touched: pl.DataFrame) -> list[Finding]:
    """A stage that says finished beside a progress that says not."""
    if not {"stage", "physical_bp"} <= set(touched.columns):
        return []
    finished = pl.col("stage").is_in([str(stage) for stage in FINISHED_STAGES])
    figures = touched.select("row_no", "stage", "physical_bp")
    rows = figures.filter(finished & (pl.col("physical_bp") < 10_000))
    told = rows.select("row_no", found=points(pl.col("physical_bp")))
    return [Finding("W-B140", "physical_bp", told)] if told.height else []


def beside_plan(rows: pl.DataFrame, plans: pl.DataFrame, names: tuple[str, ...]) -> tuple[Finding, ...]:
    """Amounts (``names``; row_no, city, project beside them) so large beside the plan's total that they look
    like yuan."""
    names = tuple(n for n in names if n in rows.columns)
    totals = plans.select(*KEY, total="total_investment")
    return tuple(
        _speaking(rows.select("row_no", *KEY, *names).join(totals, on=KEY, how="left"), _unit_checks(names))
    )


def _unit_checks(names: tuple[str, ...]) -> list[_Check]:
    total = pl.col("total")
    return [
        _Check(
            "W-C66",
            name,
            (total > 0) & (pl.col(name) // TIMES_PLAN >= total),
            {
                "found": wan(name),
                "times": (pl.col(name) // total).cast(pl.String),
                "against": ("计划总投资", "planned total investment"),
            },
        )
        for name in names
    ]


def _all_alike(touched: pl.DataFrame) -> list[Finding]:
    """Every project of a city reports the same progress on a day, neither nothing nor all."""
    if "physical_bp" not in touched.columns:
        return []
    figures = touched.select("city", "as_of", "physical_bp", "row_no")  # a filter copies all that is there
    begun = figures.filter(pl.col("physical_bp").is_between(1, 9_999))
    days = begun.group_by("city", "as_of").agg(
        values=pl.col("physical_bp").n_unique(),
        found=points(pl.col("physical_bp").first()) + "%",
        count=pl.len(),
        row_no=pl.col("row_no").min(),
    )
    same = days.filter(pl.col("values") == 1, pl.col("count") >= ALIKE_ROWS).sort("row_no")
    told = same.select("row_no", "found", "count", when=pl.col("as_of").cast(pl.String))
    return [Finding("W-B113", "physical_bp", told)] if told.height else []


def _in_time(
    touched: pl.DataFrame, history: pl.DataFrame, names: tuple[str, ...], cumulative: tuple[str, ...]
) -> list[Finding]:
    ordered = _in_order(touched, history)
    if ordered is None:
        return []
    told = tuple(n for n in names if n in ordered.columns)
    findings = _not_updated(ordered)
    for group in [told] if ordered.height <= TOGETHER else _groups(told):
        findings += _speaking(_with_before(ordered, group), _time_checks(group, cumulative))
    return findings


def _groups(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Figures one by one, but for those that are looked at together."""
    months = tuple(n for n in ("invested", "month_invested") if n in names)
    return [months, *((n,) for n in names if n not in months)] if len(months) == 2 else [(n,) for n in names]


def _not_updated(ordered: pl.DataFrame) -> list[Finding]:
    """Nearly every row says word for word what it said on the last as-of day; finished projects may."""
    finished = pl.col("physical_bp") == 10_000 if "physical_bp" in ordered.columns else pl.lit(False)
    told = pl.col("alike").is_not_null() & pl.col("row_no").is_not_null() & ~finished.fill_null(False)
    rows, alike = ordered.select(told.sum().alias("rows"), (told & pl.col("alike")).sum()).row(0)
    if rows < ALIKE_ROWS or alike * 100 < rows * ALIKE_PERCENT:
        return []
    return [Finding("W-B112", None, None, {"found": alike, "other": rows})]


@lru_cache(maxsize=64)
def _row_checks(names: tuple[str, ...]) -> tuple[_Check, ...]:
    """What figures of one row say about each other, and about the plan's total.

    A later stage of the money is not more than the one before it, nor the money issued more than the reward
    approved. Many times the plan's total is another unit; more than the total is an overrun.
    """
    checks = [_more_than(later, earlier) for later, earlier in _ORDER if {later, earlier} <= set(names)]
    total = pl.col("total")
    checks += _unit_checks(tuple(n for n in _MONEY if n in names))
    if "invested" in names:
        over = _more_than("invested", "total", "total_investment")
        within = (total > 0) & (pl.col("invested") // TIMES_PLAN < total)
        checks.append(replace(over, mask=over.mask & within))
    if "issued" in names:
        checks.append(_more_than("issued", "cap", "reward"))
    return tuple(checks)


def _more_than(later: str, earlier: str, against: str | None = None) -> _Check:
    values = {"found": wan(later), "other": wan(earlier), "against": against or earlier}
    values |= {"difference": wan(pl.col(later) - pl.col(earlier)), "money": pl.col(later) - pl.col(earlier)}
    return _Check("W-B106", later, pl.col(later) > pl.col(earlier), values)


@lru_cache(maxsize=64)
def _time_checks(names: tuple[str, ...], cumulative: tuple[str, ...]) -> tuple[_Check, ...]:
    """What a figure says about the last one of its project."""
    checks = [_fallen(n) for n in cumulative if n in names]
    checks += [_jumped()] if "physical_bp" in names else []
    checks += [_sum_of_months()] if {"invested", "month_invested"} <= set(names) else []
    return (*checks, *(_in_yuan(n) for n in _MONEY if n in names))


def _in_order(touched: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame | None:
    """The rows and what is stored (no ``row_no``) by project and day; None where no project has two days.

    ``whose`` tells projects apart; ``alike``: does a row say exactly what its project's last one said?
    """
    names = [n for n in (*CUMULATIVE, "annual_plan", "month_invested") if n in touched.columns]
    same = fingerprint([n for n in touched.columns if n in history.columns and n not in _PLACE])
    wanted = [*_PLACE, *names, same.alias("alike")]
    both = touched.select("row_no", *wanted)
    if history.height:
        old = history.join(both, on=_PLACE, how="anti").select(wanted)
        both = pl.concat([both, old], how="diagonal")
    elif both.select(fingerprint(KEY).n_unique()).item() == both.height:
        return None
    both = both.with_columns(whose=fingerprint(KEY)).drop(KEY)
    both = both[both.select(pl.arg_sort_by("whose", "as_of")).to_series()]
    return both.with_columns(alike=pl.when(_AGAIN).then(pl.col("alike") == pl.col("alike").shift(1)))


#: Is the row above of the same project?
_AGAIN = pl.col("whose") == pl.col("whose").shift(1)


def _with_before(ordered: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """The file's rows with the last known figures of an earlier day (``_before``)."""
    gaps = {n for n in names if ordered[n].null_count()}
    before = [
        pl.col(n).forward_fill().shift(1).over("whose")
        if n in gaps
        else pl.when(_AGAIN).then(pl.col(n).shift(1))
        for n in ("as_of", *names)
    ]
    wanted = ["row_no", "as_of", *names, *(e.name.suffix("_before") for e in before)]
    return ordered.select(wanted).filter(pl.col("row_no").is_not_null())


def _fallen(name: str) -> _Check:
    values = {
        "found": _told(name),
        "before": _told(name, "_before"),
        "when": pl.col("as_of_before").cast(pl.String),
    }
    if name != "physical_bp":
        values["money"] = pl.col(f"{name}_before") - pl.col(name)
    return _Check("W-B104", name, pl.col(name) < pl.col(f"{name}_before"), values)


def _jumped() -> _Check:
    rise = pl.col("physical_bp") - pl.col("physical_bp_before")
    near = (pl.col("as_of") - pl.col("as_of_before")).dt.total_days() <= JUMP_DAYS
    values = {"found": points(rise), "before": _told("physical_bp", "_before")}
    values |= {"when": pl.col("as_of_before").cast(pl.String)}
    return _Check("W-B105", "physical_bp", (rise > JUMP_BP) & near, values)


def _sum_of_months() -> _Check:
    """Investment to date is that of the last month's end and this month's, where that end was reported."""
    before, month = pl.col("invested_before"), pl.col("month_invested")
    near = pl.col("as_of_before") == pl.col("as_of").dt.month_start().dt.offset_by("-1d")
    difference = (pl.col("invested") - before - month).abs()
    values = {"found": wan("invested"), "before": wan(before), "other": wan(month)}
    values |= {"difference": wan(difference), "money": difference}
    return _Check("W-B122", "invested", near & (difference > 0), values)


def _in_yuan(name: str) -> _Check:
    before = pl.col(f"{name}_before")
    times = pl.col(name) // before
    values = {"found": wan(name), "times": times.cast(pl.String), "against": ("上期数", "last figure")}
    return _Check("W-C66", name, (before > 0) & times.is_between(*BAND), values)


def projects(fresh: pl.DataFrame, programme: str) -> tuple[Finding, ...]:
    """What is unlikely about a first plan: more reward than investment; an investment beyond belief."""
    if "total_investment" not in fresh.columns or programme != "pilot":
        return ()
    huge = {"found": wan("total_investment"), "times": pl.lit(">1"), "against": ("1,000 亿元", "100bn yuan")}
    checks = [_Check("W-C66", "total_investment", pl.col("total_investment") >= HUGE, huge)]
    if "reward" in fresh.columns:
        checks.append(_more_than("reward", "total_investment"))
    return tuple(_speaking(fresh, checks))


def totals(known: pl.DataFrame, plans: pl.DataFrame) -> tuple[Finding, ...]:
    """A plan total that is about ten thousand times the approved one."""
    if "total_investment" not in known.columns:
        return ()
    joined = known.select("row_no", *KEY, "total_investment").join(
        plans.select(*KEY, total_investment_before="total_investment"),
        on=KEY,
        how="left",
        maintain_order="left",
    )
    return tuple(_speaking(joined, [_in_yuan("total_investment")]))
