"""Values for tests of this room: a project's facts, a policy with one rule changed, people, stored rows."""

import re
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from alerts.judge import judge
from alerts.policy import CARRIED, Policy, read_policy
from models.alerts import Message
from models.db import Database
from models.history import STOPS
from models.people import Person
from tests.builders import CITY, put

_STEADY: dict[str, tuple[Any, Any]] = {
    "city": (CITY, pl.String),
    "project": ("P1", pl.String),
    "name": ("project P1", pl.String),
    "programme": ("pilot", pl.String),
    "currency": ("CNY", pl.String),
    "as_of": (date(2026, 9, 30), pl.Date),
    "submission": ("s1", pl.String),
    "row_no": (7, pl.Int64),
    "version": (2, pl.Int64),
    "freshness": ("fresh", pl.String),
    "stage": ("continuing", pl.String),
    "started": (True, pl.Boolean),
    "finished": (False, pl.Boolean),
    "late": (False, pl.Boolean),
    "late_periods": (None, pl.Int64),
    "due_as_of": (date(2026, 9, 30), pl.Date),
    "physical_bp": (6_000, pl.Int64),
    "unmoved_since": (date(2026, 9, 30), pl.Date),
    "unmoved_days": (0, pl.Int64),
    "unmoved_reports": (1, pl.Int64),
    "issued": (1_000_000_000, pl.Int64),
    "spent": (600_000_000, pl.Int64),
    "adjustments": (0, pl.Int64),
    "adjustments_12m": (0, pl.Int64),
    "pending_adjustments": (0, pl.Int64),
    "invested": (60_000_000_000, pl.Int64),
    "transferred": (900_000_000, pl.Int64),
    "paid": (700_000_000, pl.Int64),
    "annual_plan": (80_000_000_000, pl.Int64),
    "year_invested": (60_000_000_000, pl.Int64),
    "year_elapsed_bp": (7_479.0, pl.Float64),
    "executed_issued_bp": (6_000.0, pl.Float64),
    "executed_annual_bp": (7_500.0, pl.Float64),
    **{
        f"{stop}_{what}": (value, dtype)
        for stop in STOPS
        for what, value, dtype in (
            ("standing", 0, pl.Int64),
            ("standing_bp", 0.0, pl.Float64),
            ("days", None, pl.Int64),
            ("holder", None, pl.String),
        )
    },
    "rush_before": (0, pl.Int64),
    "rush_november": (400_000_000, pl.Int64),
    "rush_december": (500_000_000, pl.Int64),
    "year_is_over": (True, pl.Boolean),
    "kind": ("point", pl.String),
    "spending_category": ("enterprise_transformation", pl.String),
    "central_moved": (900_000_000, pl.Int64),
    "central_local": (0, pl.Int64),
    "central_local_category": (None, pl.String),
    "central_mixed": (0, pl.Int64),
    "central_untold": (0, pl.Int64),
    "fallen_figure": (None, pl.String),
    "fallen_bp": (None, pl.Float64),
    "fallen_from": (None, pl.Int64),
    "fallen_to": (None, pl.Int64),
    "previous_as_of": (date(2026, 8, 31), pl.Date),
    "same_figures": (False, pl.Boolean),
    "same_text": (None, pl.Boolean),
    "same_letters": (None, pl.Int64),
    "same_increment": (False, pl.Boolean),
    "increment": (1_000_000_000, pl.Int64),
    "q4_bp": (2_500.0, pl.Float64),
    "q4_by_spending": (True, pl.Boolean),
    "steepest_bp": (500.0, pl.Float64),
    "delivered_bp": (900.0, pl.Float64),
    "comparable_projects": (3, pl.Int64),
    "pending_since": (None, pl.Date),
    "pending_days": (0, pl.Int64),
    **{f"delayed_{what}": (None, pl.Date) for what in ("on", "from", "to")},
    **{f"revalued_{what}": (None, pl.Int64) for what in ("from", "to")},
    **{f"renamed_{what}": (None, pl.String) for what in ("from", "to")},
    **{f"{name}_on": (None, pl.Date) for name in ("revalued", "renamed")},
    "delayed_days": (None, pl.Int64),
    "revalued_bp": (None, pl.Float64),
    "renamed_bp": (None, pl.Float64),
    "prior_planned_bp": (None, pl.Float64),
    "milestones": (5, pl.Int64),
    "milestones_missed": (0, pl.Int64),
    "milestone_name": (None, pl.String),
    "milestone_due_on": (None, pl.Date),
    "milestone_days": (0, pl.Int64),
    "milestone_first_on": (date(2026, 3, 1), pl.Date),
    "milestone_last_on": (date(2026, 12, 31), pl.Date),
    "milestone_gap_days": (80, pl.Int64),
    "milestone_expected_end": (None, pl.Date),
    "industry": ("26", pl.String),
    "chain_owner": ("unit of P1", pl.String),
    "landmark": (True, pl.Boolean),
    "listed_on": (None, pl.Date),
    "early_on": (None, pl.Date),
    "early_money": (None, pl.Int64),
    "overlap_rank": (None, pl.Float64),
    "overlap_pairs": (None, pl.Int64),
    "overlap_with": (None, pl.String),
    "overlap_programme": (None, pl.String),
    "overlap_elsewhere": (None, pl.Boolean),
    "overlap_amount": (None, pl.Int64),
    "overlap_breach": (None, pl.Boolean),
    "overlap_equal": (None, pl.Int64),
    "members": (None, pl.Int64),
    "owner_name": (None, pl.String),
    "owner_lag_bp": (None, pl.Int64),
    "owner_lag_days": (None, pl.Int64),
    "exposed_members": (None, pl.Int64),
    "exposed_name": (None, pl.String),
    "exposed_days": (None, pl.Int64),
    "weak_links": (None, pl.Int64),
    "weak_name": (None, pl.String),
    "weak_from": (None, pl.String),
    "weak_to": (None, pl.String),
    "weak_lag_bp": (None, pl.Int64),
    "tenants": (None, pl.Int64),
    "tenants_still": (None, pl.Int64),
    "rollup_count_bp": (None, pl.Float64),
    "rollup_worst_bp": (None, pl.Float64),
    "rollup_money_bp": (None, pl.Float64),
    "rollup_low": (None, pl.String),
    "rollup_high": (None, pl.String),
    "rollup_spread_bp": (None, pl.Float64),
    "province": ("210000", pl.String),
    "entry": ("1-210100", pl.String),
    "batch": (1, pl.Int64),
    "pilot_days": (1_000, pl.Int64),
    "applied_again": (None, pl.Int64),
    "applied_year": (None, pl.Int64),
    "reach_on": (date(2026, 9, 30), pl.Date),
    "reach_enterprises": (100, pl.Int64),
    "reach_done": (80, pl.Int64),
    "unlisted_money": (None, pl.Int64),
    "recommended_year": (None, pl.Int64),
    "recommended_cities": (None, pl.Int64),
    "recommended_districts": (None, pl.Int64),
}
_PLANNED: dict[str, tuple[Any, Any]] = {
    "planned_start": (date(2026, 1, 1), pl.Date),
    "planned_end": (date(2026, 12, 31), pl.Date),
    "total_investment": (100_000_000_000, pl.Int64),
    "reward": (2_000_000_000, pl.Int64),
    "planned_bp": (6_000.0, pl.Float64),
    "planned_by_curve": (True, pl.Boolean),
    "planned_spending": (600_000_000.0, pl.Float64),
    "spending_by_curve": (True, pl.Boolean),
    "elapsed_bp": (7_479.0, pl.Float64),
    "unstarted_months": (0, pl.Int64),
    "over_days": (0, pl.Int64),
    "plan_age_days": (400, pl.Int64),
    "executed_award_bp": (6_000.0, pl.Float64),
    "executed_curve_bp": (10_000.0, pl.Float64),
    "first_year": (False, pl.Boolean),
}


def steady(**changes: Any) -> pl.DataFrame:
    """One project on its plan, in every respect that is not named. ``{column}_v1`` follows its column."""
    values = {name: value for name, (value, _) in (_STEADY | _PLANNED).items()} | changes
    schema = {name: dtype for name, (_, dtype) in (_STEADY | _PLANNED).items()}
    for name in ("name", *_PLANNED):
        values.setdefault(f"{name}_v1", values[name])
        schema[f"{name}_v1"] = schema[name]
    return pl.DataFrame({name: [values[name]] for name in schema}, schema=schema)


def carried(**edges: str) -> Policy:
    """The carried policy with some lines of one rule replaced: ``carried(rule="stalled", red="{ above = 70 …")``."""
    text, rule = CARRIED, edges.pop("rule", None)
    if rule is None:
        return read_policy(text)
    head, found, rest = re.split(rf"(\[rules\.{rule}\])", text)
    table, *others = re.split(r"(?=^\[rules\.)", rest, flags=re.MULTILINE)
    for name, value in edges.items():
        line = f"{name} = {value}" if value else ""
        table, count = re.subn(rf"(?m)^{name} = .*$", line, table)
        table += "" if count else f"\n{line}\n"
    return read_policy(head + found + table + "".join(others))


def limited(*rules: str) -> str:
    """The carried policy's text with these rules only."""
    tables = re.split(r"(?=^\[rules\.)", CARRIED, flags=re.MULTILINE)
    return "".join(table for table in tables if table.startswith(tuple(f"[rules.{rule}]" for rule in rules)))


def spoken(facts: pl.DataFrame, rule: str, policy: Policy | None = None) -> str | None:
    """The severity at which a rule speaks of the one project, by the carried policy unless told otherwise."""
    found = judge(facts, policy or carried()).filter(pl.col("rule") == rule)
    return found["severity"].item() if found.height else None


def person(db: Database, email: str, role: str, place: str, at: datetime, **changes: Any) -> None:
    """An account that wants mails in Chinese, unless told otherwise."""
    values = dict(email=email, name=email, role=role, place=place, language="zh_CN", mails=True)
    put(db, Person, **(values | dict(offered=False, created_at=at) | changes))


def rows(db: Database, table: type, *order: str) -> list[Any]:
    """All rows of a table, ordered by some columns."""
    statement = sa.select(table.__table__).order_by(*(table.__table__.c[name] for name in order))
    with db.ro.connect() as connection:
        return list(connection.execute(statement))


def queue(db: Database, identity: str, now: datetime, **changes: Any) -> None:
    """A message that waits in the outbox from an instant on."""
    values = dict(
        city=CITY,
        id=identity,
        dedupe_key=identity,
        recipient="reader@example.cn",
        language="zh_CN",
        subject="【试点调度】沈阳市 P001 停滞 红 (2 项)",
        body_text="正文\n.\n..点开头\n",
        body_html="<p>正文</p>",
        message_id=f"<pd-{identity}@example.cn>",
        state="queued",
        due_at=now,
        attempts=0,
        created_at=now,
    )
    put(db, Message, **(values | changes))
