"""Tables → one row per project, on a day, as known at an instant. Read ``facts`` first.

State is a function of what was reported: today's page, last year's and a rehearsal are this one call with
other arguments. ``models/inputs.py`` fetches whole columns; everything here is Polars. Plan-dependent columns
come twice: against the plan in force, and with the suffix ``_v1`` against the first approved plan.
"""

from datetime import date, datetime

import polars as pl

from models import measures, versions
from models.central import central_facts, early_facts
from models.db import Database
from models.drift import adjustment_facts
from models.dwell import dwell_facts
from models.history import history_facts
from models.inputs import Inputs, PairInputs, read_inputs
from models.links import link_facts, links
from models.measures import FULL_BP, Schedule
from models.milestones import milestone_facts
from models.overlaps import candidates, listed, overlap_facts, projects, with_decisions
from models.periods import windows
from models.rollups import rollup_facts, tenant_facts
from models.shape import shape_facts
from models.standing import standing
from models.vocabulary import FINISHED_STAGES, Freshness, PeriodUnit, Stage

KEY = ["city", "project"]

#: Months of a new year in which the one before is still looked at.
LOOKED_BACK_MONTHS = 3

#: The columns that depend on which plan is meant; each has a twin with ``_v1``.
PLAN_COLUMNS = (
    "name",
    "planned_start",
    "planned_end",
    "total_investment",
    "reward",
    "planned_bp",
    "planned_by_curve",
    "planned_spending",
    "spending_by_curve",
    "elapsed_bp",
    "unstarted_months",
    "over_days",
    "executed_award_bp",
    "executed_curve_bp",
    "plan_age_days",
    "first_year",
)


def facts(
    db: Database,
    on: date,
    known_at: datetime,
    *,
    cities: frozenset[str] | None = None,
    schedule: Schedule = Schedule.DAYS,
) -> pl.DataFrame:
    """One row per project as it stood on a day, as known at an instant.

    ``cities`` None means all. Progress and spending are compared with the plan at the report's own as-of
    day, lateness and overrun with ``on``. Columns beside the descriptive ones and PLAN_COLUMNS (twice):
    ``version`` (of the plan in force, counted in the order of time), ``as_of``, ``physical_bp``, the money
    columns, ``stage``, ``submission``/``row_no`` of the latest report, ``unmoved_since``/``unmoved_days``/
    ``unmoved_reports`` (the run of equal physical progress that ends the history), ``started``, ``finished``,
    ``due_as_of``, ``freshness``, ``late``, ``prior_planned_bp`` (by the plan before the one in force), and
    those of ``models/milestones.py``, ``history.py``, ``dwell.py``, ``drift.py``, ``central.py``,
    ``shape.py``, ``links.py``, ``rollups.py``, ``overlaps.py`` and, of its city, ``standing.py``.
    Missing figures are null.
    """
    return from_inputs(read_inputs(db, on, known_at, cities=cities), on, schedule=schedule)


def from_inputs(inputs: Inputs, on: date, *, schedule: Schedule = Schedule.DAYS) -> pl.DataFrame:
    """The pure half of ``facts``."""
    plans = versions.steps(inputs.plans)
    newest, first = versions.in_force(plans, on), plans.filter(pl.col("position") == 1)
    base = (
        inputs.projects.join(inputs.latest, on=KEY, how="left")
        .join(_unmoved(inputs.history), on=KEY, how="left")
        .join(_told_over_time(inputs, on), on=KEY, how="left")
        .join(adjustment_facts(inputs.adjustments, inputs.changes, on), on=KEY, how="left")
        .join(milestone_facts(inputs.milestones, on), on=KEY, how="left")
        .join(central_facts(inputs.funds, on), on=KEY, how="left")
        .with_columns(
            # a report that leaves progress out says nothing new about it: the last figure stands
            pl.coalesce("physical_bp", "last_bp").alias("physical_bp"),
            pl.col("adjustments", "adjustments_12m", "pending_adjustments", "pending_days").fill_null(0),
            figure_on=pl.coalesce("as_of", pl.lit(on)),
            registered_on=pl.col("registered_at").dt.convert_time_zone("Asia/Shanghai").dt.date(),
        )
        .with_columns(_started(), *_executed(), finished=_finished())
    )
    base = base.join(dwell_facts(base, inputs.funds, on), on=KEY)
    base = base.with_columns(year_is_over=pl.lit(on.month <= LOOKED_BACK_MONTHS))
    current = _against(base, newest, inputs.points, on, schedule)
    original = _against(base, first, inputs.points, on, schedule).select(
        *KEY, pl.col(PLAN_COLUMNS).name.suffix("_v1")
    )
    joined = base.join(current, on=KEY).join(original, on=KEY, how="left")
    joined = joined.join(
        _prior(base, plans, newest, points=inputs.points, schedule=schedule), on=KEY, how="left"
    )
    kinds = joined.select(*KEY, "kind")
    joined = joined.join(shape_facts(newest, inputs.points, inputs.history, kinds), on=KEY)
    joined = joined.join(early_facts(first, inputs.funds, inputs.history, on), on=KEY, how="left")
    return _freshness(_beside(joined, inputs, on), inputs, on).sort(KEY)


def _beside(frame: pl.DataFrame, inputs: Inputs, on: date) -> pl.DataFrame:
    """What is told beside a project's own reports: of its line, its surface, its city, and of other lists."""
    lines = link_facts(links(inputs.members, frame))
    surfaces = rollup_facts(frame, tenant_facts(inputs.tenants, on))
    place = standing(inputs.roster, inputs.applications, inputs.enterprises, inputs.loose_funds, on)
    for found in (lines, surfaces, overlap_facts(pairs(frame, inputs, on))):
        frame = frame.join(found, on=KEY, how="left")
    return frame.join(place, on="city", how="left")


def pairs(frame: pl.DataFrame, inputs: Inputs | PairInputs, on: date) -> pl.DataFrame:
    """Pairs that may hold central money twice, with what was decided on them; see ``models/overlaps.py``.

    ``frame``: rows of ``facts``, or of its columns city, project, programme, name, unit_name, unit_code,
    reward, issued and central_moved.
    """
    paid = pl.any_horizontal(pl.col("reward", "issued", "central_moved") > 0).fill_null(False)
    plans = versions.in_force(versions.steps(inputs.elsewhere_plans), on)
    others = inputs.elsewhere.join(plans.select(*KEY, "name", "reward"), on=KEY)
    found = candidates(
        projects(frame.with_columns(paid=paid)),
        listed(inputs.lists),
        projects(others.with_columns(paid=(pl.col("reward") > 0).fill_null(False))),
    )
    return with_decisions(found, inputs.decisions)


def _prior(
    base: pl.DataFrame, plans: pl.DataFrame, newest: pl.DataFrame, *, points: pl.DataFrame, schedule: Schedule
) -> pl.DataFrame:
    """What the plan before the one in force had planned by now, of the few projects that had one."""
    now = newest.filter(pl.col("position") > 1).select(*KEY, now="position")
    before = plans.join(now, on=KEY).filter(pl.col("position") == pl.col("now") - 1).drop("now")
    if before.is_empty():
        return before.select(*KEY, prior_planned_bp=pl.lit(None, pl.Float64))
    own = points.join(before.select(*KEY, "version"), on=[*KEY, "version"], how="semi")
    few = base.join(before.select(KEY), on=KEY, how="semi")
    found = _against(few, before, own, date.max, schedule)  # nothing that looks at the day is kept
    return found.select(*KEY, prior_planned_bp="planned_bp")


def against_v1(frame: pl.DataFrame) -> pl.DataFrame:
    """The same facts with the first approved plan in the place of the plan in force."""
    return frame.with_columns(pl.col(f"{name}_v1").alias(name) for name in PLAN_COLUMNS)


def _unmoved(history: pl.DataFrame) -> pl.DataFrame:
    """Since when physical progress has stood at its present value, and over how many reports.

    Without sorting the history: the reports that hold the newest value, after the last one that did not.
    """
    history = history.filter(pl.col("physical_bp").is_not_null()).select(*KEY, "as_of", "physical_bp")
    newest = history.group_by(KEY).agg(
        newest_bp=pl.col("physical_bp").get(pl.col("as_of").arg_max()),
    )
    compared = history.join(newest, on=KEY)
    holds = pl.col("physical_bp") == pl.col("newest_bp")
    moved = compared.filter(~holds).group_by(KEY).agg(moved_on=pl.col("as_of").max())
    since = pl.col("moved_on").is_null() | (pl.col("as_of") > pl.col("moved_on"))
    return (
        compared.filter(holds)
        .join(moved, on=KEY, how="left")
        .filter(since)
        .group_by(KEY)
        .agg(
            unmoved_since=pl.col("as_of").min(),
            unmoved_reports=pl.len().cast(pl.Int64),
            last_bp=pl.col("newest_bp").first(),
            unmoved_days=(pl.col("as_of").max() - pl.col("as_of").min()).dt.total_days(),
        )
    )


def _told_over_time(inputs: Inputs, on: date) -> pl.DataFrame:
    latest = inputs.latest.join(inputs.projects.select(*KEY, "programme"), on=KEY)
    return history_facts(inputs.history, latest, inputs.programmes, on)


def _executed() -> list[pl.Expr]:
    """Shares of what may be spent that do not depend on the plan, and the share of the year that is gone."""
    invested = pl.coalesce("year_invested", pl.col("invested") - pl.col("invested_before_year"))
    as_of = pl.col("as_of")
    days = pl.date(as_of.dt.year(), 12, 31).dt.ordinal_day()
    return [
        (measures.rate("spent", "issued") * FULL_BP).alias("executed_issued_bp"),
        invested.alias("year_invested"),
        pl.when(pl.col("annual_plan") > 0)
        .then(invested * FULL_BP / pl.col("annual_plan"))
        .alias("executed_annual_bp"),
        (as_of.dt.ordinal_day().cast(pl.Int64) * FULL_BP / days).alias("year_elapsed_bp"),
    ]


def _started() -> pl.Expr:
    says_started = pl.col("stage").is_not_null() & (pl.col("stage") != Stage.NOT_STARTED)
    return ((pl.col("physical_bp") > 0).fill_null(False) | says_started).alias("started")


def _finished() -> pl.Expr:
    return (pl.col("physical_bp") >= FULL_BP).fill_null(False) | pl.col("stage").is_in(
        [str(stage) for stage in FINISHED_STAGES]
    ).fill_null(False)


def _against(
    base: pl.DataFrame, plans: pl.DataFrame, points: pl.DataFrame, on: date, schedule: Schedule
) -> pl.DataFrame:
    """The plan-dependent columns of every project, for one choice of plan version."""
    frame = base.select(*KEY, "figure_on", "issued", "spent", "registered_on").join(plans, on=KEY)
    frame = _with_neighbours(frame, points).with_columns(
        # a plan comes on the day it counts from, and never before its project was on the list
        came_on=pl.max_horizontal(pl.coalesce("from_on", "approved_on"), "registered_on")
    )
    by_curve = pl.col("planned_bp_before").is_not_null() & pl.col("curve_from").is_not_null()
    spending_by_curve = by_curve & pl.col("planned_spending_before").is_not_null()
    return (
        frame.with_columns(
            elapsed_bp=measures.elapsed_bp("planned_start", "planned_end", "figure_on", schedule=schedule),
            planned_by_curve=by_curve,
            spending_by_curve=spending_by_curve,
            unstarted_months=measures.month_ends_passed("planned_start", "figure_on"),
            over_days=measures.days_over("planned_end", on),
            plan_age_days=measures.days_over("came_on", on),
            first_year=pl.col("planned_start").dt.year() >= on.year - 1,
        )
        .with_columns(
            planned_bp=pl.when(by_curve)
            .then(measures.interpolated("point_before", "point_after", "figure_on", "planned_bp"))
            .otherwise("elapsed_bp"),
            planned_spending=pl.when(spending_by_curve)
            .then(measures.interpolated("point_before", "point_after", "figure_on", "planned_spending"))
            .otherwise(pl.col("issued") * pl.col("elapsed_bp") / FULL_BP),
        )
        .with_columns(
            executed_award_bp=measures.rate("spent", "reward") * FULL_BP,
            executed_curve_bp=measures.rate("spent", "planned_spending") * FULL_BP,
        )
        .select(*KEY, pl.col("position").alias("version"), *PLAN_COLUMNS)
    )


def _with_neighbours(frame: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """Each project's curve points on either side of its figure's day; before the first lies 0 at the start."""
    ends = points.with_columns(point=pl.col("month").dt.month_end()).sort("point")
    key = [*KEY, "version"]
    has_curve = ends.group_by(key).agg(curve_from=pl.col("point").min())
    columns = [*key, "point", "planned_bp", "planned_spending"]
    sides = frame.sort("figure_on")
    for side, strategy in (("before", "backward"), ("after", "forward")):
        renamed = ends.select(columns).rename(
            {name: f"{name}_{side}" for name in ("point", "planned_bp", "planned_spending")}
        )
        sides = sides.join_asof(
            renamed,
            left_on="figure_on",
            right_on=f"point_{side}",
            by=key,
            strategy=strategy,
            check_sortedness=False,
        )
    unstarted = pl.col("point_before").is_null()
    return sides.join(has_curve, on=key, how="left").with_columns(
        point_before=pl.when(unstarted)
        .then(pl.min_horizontal("planned_start", "figure_on"))
        .otherwise("point_before"),
        planned_bp_before=pl.when(unstarted).then(0).otherwise("planned_bp_before"),
        planned_spending_before=pl.when(unstarted & pl.col("planned_spending_after").is_not_null())
        .then(0)
        .otherwise("planned_spending_before"),
    )


def _freshness(frame: pl.DataFrame, inputs: Inputs, on: date) -> pl.DataFrame:
    """Whether the newest report that is due is there, by the window of each programme and city."""
    windows = due_frame(inputs, on)
    default = windows.filter(pl.col("city").is_null()).drop("city")
    own = windows.filter(pl.col("city").is_not_null())
    due = [name for name in windows.columns if name not in ("programme", "city", "currency")]
    frame = frame.join(default, on="programme", how="left").join(
        own.drop("currency"), on=["programme", "city"], how="left", suffix="_own"
    )
    has_own = pl.col("due_as_of_own").is_not_null()
    frame = frame.with_columns(
        pl.when(has_own).then(f"{name}_own").otherwise(name).alias(name) for name in due
    )
    missing = pl.col("as_of").is_null()
    known_in_time = (pl.col("registered_on") <= pl.col("late_from")) | (pl.col("registered_on") > on)
    owed = ~pl.col("finished") & (pl.col("planned_start") <= pl.col("due_as_of")) & known_in_time
    behind = missing | (pl.col("as_of") < pl.col("due_from"))
    return (
        frame.with_columns(
            late=owed & behind,
            late_periods=pl.when(owed & behind).then(_periods_behind().clip(lower_bound=1)),
        )
        .with_columns(
            freshness=pl.when(missing)
            .then(pl.lit(str(Freshness.MISSING)))
            .when(pl.col("late"))
            .then(pl.lit(str(Freshness.STALE)))
            .otherwise(pl.lit(str(Freshness.FRESH)))
        )
        .drop("late_from", "due_from", "months", "days", "figure_on", "last_bp", *(f"{n}_own" for n in due))
    )


def _periods_behind() -> pl.Expr:
    """How many periods lie between the newest report, or the planned start, and the one that is due."""
    since = pl.coalesce("as_of", pl.col("planned_start").dt.offset_by("-1mo"))
    due = pl.col("due_as_of")
    months = (due.dt.year().cast(pl.Int64) - since.dt.year()) * 12 + due.dt.month() - since.dt.month()
    by_days = (due - since).dt.total_days() / pl.col("days")
    return pl.coalesce(months / pl.col("months"), by_days).floor().cast(pl.Int64)


def due_frame(inputs: Inputs, on: date) -> pl.DataFrame:
    """The newest late period of every programme, and of cities with a rule or an exception of their own.

    ``city`` None is everybody else's. ``months`` or ``days`` is the period's length.
    """
    rows = []
    for (programme, city), window in windows(inputs.programmes, inputs.rules, inputs.exceptions).items():
        late = window.newest_late(on)
        rhythm = window.holding(late.start)
        length = {PeriodUnit.DAY: 1, PeriodUnit.WEEK: 7}.get(rhythm.unit)
        rows.append(
            (
                programme,
                city,
                late.start,
                late.end,
                window.late_after(late),
                rhythm.every if length is None else None,
                length,
            )
        )
    days = dict.fromkeys(("due_from", "due_as_of", "late_from"), pl.Date)
    schema = {"programme": pl.String, "city": pl.String, **days, "months": pl.Int64, "days": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.join(inputs.programmes.select(programme="code", currency="currency"), on="programme")
