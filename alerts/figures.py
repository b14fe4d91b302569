"""The figures that rules show: what each column of ``models.facts`` is called, and how its value is written.

Refuses to compute. A new input column of a rule adds its row to ``FIGURES``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl

from models.words import Words, mark


@dataclass(frozen=True)
class Figure:
    """A column of facts as it is shown."""

    label: str
    shape: str  # how it is written: percent, money, day, number, stage, basis, text
    dtype: Any
    reported: bool = False  # stands in the report that is named as its source


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "physical_bp": Figure(mark("Physical progress reported"), "percent", pl.Float64, True),
        "planned_bp": Figure(mark("Planned progress on that day"), "percent", pl.Float64),
        "planned_by_curve": Figure(mark("The plan is"), "basis", pl.Boolean),
        "version": Figure(mark("Plan version"), "number", pl.Int64),
        "unmoved_since": Figure(mark("Unchanged since the report as of"), "day", pl.Date),
        "unmoved_days": Figure(mark("Days between the first and the last of them"), "number", pl.Int64),
        "unmoved_reports": Figure(mark("Reports with this progress"), "number", pl.Int64),
        "planned_start": Figure(mark("Planned start"), "day", pl.Date),
        "unstarted_months": Figure(mark("Month ends passed since"), "number", pl.Int64),
        "stage": Figure(mark("Stage reported"), "stage", pl.String, True),
        "planned_end": Figure(mark("Planned end"), "day", pl.Date),
        "over_days": Figure(mark("Days past the planned end"), "number", pl.Int64),
        "spent": Figure(mark("Money spent to date"), "money", pl.Int64, True),
        "planned_spending": Figure(mark("Spending planned to date"), "money", pl.Float64),
        "spending_by_curve": Figure(mark("Spending planned to date is"), "spending_basis", pl.Boolean),
        "issued": Figure(mark("Money issued to date"), "money", pl.Int64, True),
        "elapsed_bp": Figure(mark("Time elapsed"), "percent", pl.Float64),
        "adjustments_12m": Figure(mark("Adjustments within 12 months"), "number", pl.Int64),
        "adjustments": Figure(mark("Adjustments since approval"), "number", pl.Int64),
        "pending_adjustments": Figure(mark("Of these not yet decided"), "number", pl.Int64),
        "due_as_of": Figure(mark("Report due as of"), "day", pl.Date),
        "as_of": Figure(mark("Newest report as of"), "day", pl.Date),
        "milestone_name": Figure(mark("Milestone overdue longest"), "text", pl.String),
        "milestone_due_on": Figure(mark("First planned for"), "day", pl.Date),
        "milestone_days": Figure(mark("Days overdue"), "number", pl.Int64),
        "milestones_missed": Figure(mark("Milestones overdue"), "number", pl.Int64),
        "milestones": Figure(mark("Milestones in all"), "number", pl.Int64),
        "milestone_first_on": Figure(mark("First milestone planned for"), "day", pl.Date),
        "milestone_last_on": Figure(mark("Last milestone planned for"), "day", pl.Date),
        "milestone_gap_days": Figure(
            mark("Longest stretch between two milestones, days"), "number", pl.Int64
        ),
        "plan_age_days": Figure(mark("Days since the plan came into force"), "number", pl.Int64),
        "reward": Figure(mark("Award approved"), "money", pl.Int64),
        "total_investment": Figure(mark("Total investment approved"), "money", pl.Int64),
        "invested": Figure(mark("Investment completed to date"), "money", pl.Int64, True),
        "transferred": Figure(mark("Money transferred to date"), "money", pl.Int64, True),
        "paid": Figure(mark("Money paid to date"), "money", pl.Int64, True),
        "annual_plan": Figure(mark("Investment planned for the year"), "money", pl.Int64, True),
        "year_invested": Figure(mark("Invested this year, to the report's day"), "money", pl.Int64),
        "year_elapsed_bp": Figure(mark("Year elapsed on the report's day"), "percent", pl.Float64),
        "executed_issued_bp": Figure(mark("Execution: spent ÷ issued"), "percent", pl.Float64),
        "executed_award_bp": Figure(mark("Execution: spent ÷ award"), "percent", pl.Float64),
        "executed_annual_bp": Figure(
            mark("Execution: invested this year ÷ annual plan"), "percent", pl.Float64
        ),
        "executed_curve_bp": Figure(mark("Execution: spent ÷ planned to date"), "percent", pl.Float64),
        "issued_standing": Figure(mark("Issued, not transferred"), "money", pl.Int64),
        "issued_standing_bp": Figure(mark("Share of what was issued"), "percent", pl.Float64),
        "issued_days": Figure(mark("Days since the oldest of it was issued"), "number", pl.Int64),
        "issued_holder": Figure(mark("Held after issuing by"), "text", pl.String),
        "transferred_standing": Figure(mark("Transferred, not paid"), "money", pl.Int64),
        "transferred_standing_bp": Figure(mark("Share of what was transferred"), "percent", pl.Float64),
        "transferred_days": Figure(mark("Days since the oldest of it was transferred"), "number", pl.Int64),
        "transferred_holder": Figure(mark("Held after transfer by"), "text", pl.String),
        "paid_standing": Figure(mark("Paid, not spent"), "money", pl.Int64),
        "paid_standing_bp": Figure(mark("Share of what was paid"), "percent", pl.Float64),
        "paid_days": Figure(mark("Days since the oldest of it was paid"), "number", pl.Int64),
        "paid_holder": Figure(mark("Held after payment by"), "text", pl.String),
        "rush_before": Figure(mark("Spent by the end of the year before"), "money", pl.Int64),
        "rush_november": Figure(mark("Spent by the end of November"), "money", pl.Int64),
        "rush_december": Figure(mark("Spent by the end of December"), "money", pl.Int64),
        "delayed_on": Figure(mark("Planned end moved on"), "day", pl.Date),
        "delayed_from": Figure(mark("Planned end before that change"), "day", pl.Date),
        "delayed_to": Figure(mark("Planned end after that change"), "day", pl.Date),
        "revalued_on": Figure(mark("Investment changed on"), "day", pl.Date),
        "revalued_from": Figure(mark("Total investment before that change"), "money", pl.Int64),
        "revalued_to": Figure(mark("Total investment after that change"), "money", pl.Int64),
        "renamed_on": Figure(mark("Renamed on"), "day", pl.Date),
        "renamed_from": Figure(mark("Name before"), "text", pl.String),
        "renamed_to": Figure(mark("Name after"), "text", pl.String),
        "planned_end_v1": Figure(mark("Planned end in the first plan"), "day", pl.Date),
        "total_investment_v1": Figure(mark("Total investment in the first plan"), "money", pl.Int64),
        "prior_planned_bp": Figure(mark("Planned progress by the plan before"), "percent", pl.Float64),
        "pending_since": Figure(mark("Oldest undecided change"), "day", pl.Date),
        "pending_days": Figure(mark("Days it waits"), "number", pl.Int64),
        "milestone_expected_end": Figure(mark("Latest milestone expected"), "day", pl.Date),
        "kind": Figure(mark("Kind of project"), "code", pl.String),
        "spending_category": Figure(mark("Category of the project"), "code", pl.String),
        "central_moved": Figure(mark("Central money moved"), "money", pl.Int64),
        "central_local": Figure(mark("Of it for what is local in principle"), "money", pl.Int64),
        "central_local_category": Figure(mark("Its category"), "code", pl.String),
        "central_mixed": Figure(mark("Said not to be separately accounted"), "money", pl.Int64),
        "central_untold": Figure(mark("Nothing said of separate accounting"), "money", pl.Int64),
        "fallen_figure": Figure(mark("Figure that fell most"), "figure", pl.String),
        "fallen_from": Figure(mark("Highest before"), "of_figure", pl.Int64),
        "fallen_to": Figure(mark("Newest"), "of_figure", pl.Int64),
        "previous_as_of": Figure(mark("Report before, as of"), "day", pl.Date),
        "same_figures": Figure(mark("All figures the same"), "yes", pl.Boolean),
        "same_text": Figure(mark("Narrative the same"), "yes", pl.Boolean),
        "same_increment": Figure(mark("Investment grew by the same again"), "yes", pl.Boolean),
        "increment": Figure(mark("Investment grew by"), "money", pl.Int64),
        "q4_bp": Figure(mark("Planned for October to December, worst year"), "percent", pl.Float64),
        "q4_by_spending": Figure(mark("Measured on"), "loaded", pl.Boolean),
        "steepest_bp": Figure(mark("Steepest month planned"), "percent", pl.Float64),
        "delivered_bp": Figure(mark("Steepest month comparable projects delivered"), "percent", pl.Float64),
        "comparable_projects": Figure(mark("Comparable projects: same kind and city"), "number", pl.Int64),
        "late_periods": Figure(mark("Reporting periods owed"), "number", pl.Int64),
        "figures": Figure(mark("Figures of the newest month"), "number", pl.Int64),
        "round_figures": Figure(mark("Of these round"), "number", pl.Int64),
        "reporting_projects": Figure(mark("Projects that report them"), "number", pl.Int64),
        "overlap_rank": Figure(mark("Rank of the evidence"), "number", pl.Float64),
        "overlap_pairs": Figure(mark("Pairs nobody has settled"), "number", pl.Int64),
        "overlap_with": Figure(mark("The other project"), "text", pl.String),
        "overlap_programme": Figure(mark("Listed in"), "code", pl.String),
        "overlap_elsewhere": Figure(mark("The other side is another city's"), "yes", pl.Boolean),
        "overlap_equal": Figure(mark("Fields that are equal, of 5"), "number", pl.Int64),
        "overlap_amount": Figure(mark("Central money of the other side"), "money", pl.Int64),
        "overlap_breach": Figure(mark("Decided as a breach"), "yes", pl.Boolean),
        "listed_on": Figure(mark("List approved on"), "day", pl.Date),
        "early_on": Figure(mark("Central money since"), "day", pl.Date),
        "early_money": Figure(mark("Central money before the approval"), "money", pl.Int64),
        "members": Figure(mark("Members of the line"), "number", pl.Int64),
        "owner_name": Figure(mark("Chain-owner of the line"), "text", pl.String),
        "owner_lag_bp": Figure(mark("Chain-owner behind its plan"), "percent", pl.Int64),
        "owner_lag_days": Figure(mark("That is about, days"), "number", pl.Int64),
        "exposed_members": Figure(mark("Members without slack"), "number", pl.Int64),
        "exposed_name": Figure(mark("The one with least slack"), "text", pl.String),
        "exposed_days": Figure(mark("Short by, days"), "number", pl.Int64),
        "weak_links": Figure(mark("Links between cities"), "number", pl.Int64),
        "weak_name": Figure(mark("Supplier of the weakest"), "text", pl.String),
        "weak_from": Figure(mark("City of the supplier"), "text", pl.String),
        "weak_to": Figure(mark("Whom it supplies"), "text", pl.String),
        "weak_lag_bp": Figure(mark("Weaker end behind its plan"), "percent", pl.Int64),
        "tenants": Figure(mark("Tenants told of"), "number", pl.Int64),
        "tenants_still": Figure(mark("Of these at 5 % or less"), "number", pl.Int64),
        "rollup_money_bp": Figure(mark("By money: invested ÷ total investment"), "percent", pl.Float64),
        "rollup_count_bp": Figure(mark("By count: mean of the tenants"), "percent", pl.Float64),
        "rollup_worst_bp": Figure(mark("Mean of the 3 tenants furthest behind"), "percent", pl.Float64),
        "rollup_low": Figure(mark("Lowest way"), "figure_of", pl.String),
        "rollup_high": Figure(mark("Highest way"), "figure_of", pl.String),
        "industries": Figure(mark("Industries on the list"), "number", pl.Int64),
        "industries_named": Figure(mark("Their divisions"), "text", pl.String),
        "industries_unled": Figure(mark("Of these without a chain-owner"), "number", pl.Int64),
        "listed_projects": Figure(mark("Projects on the list"), "number", pl.Int64),
        "landmarks": Figure(mark("Projects flagged as landmarks"), "number", pl.Int64),
        "largest_investment": Figure(mark("Largest total investment"), "money", pl.Int64),
        "reach_enterprises": Figure(mark("Above-designated-size enterprises"), "number", pl.Int64),
        "reach_done": Figure(mark("Of these reached"), "number", pl.Int64),
        "reach_on": Figure(mark("Reach told as of"), "day", pl.Date),
        "pilot_days": Figure(mark("Days since 1 January of the batch's year"), "number", pl.Int64),
        "city_reward": Figure(mark("Awards of the city's projects"), "money", pl.Int64),
        "city_issued": Figure(mark("Issued to the city's projects"), "money", pl.Int64),
        "entry_reward": Figure(mark("Awards of the entry's projects"), "money", pl.Int64),
        "entry_issued": Figure(mark("Issued to the entry's projects"), "money", pl.Int64),
        "unlisted_money": Figure(mark("Paid or spent without a project"), "money", pl.Int64),
        "batch": Figure(mark("Batch of the pilot"), "number", pl.Int64),
        "applied_again": Figure(mark("Recommended again, years"), "number", pl.Int64),
        "applied_year": Figure(mark("Last for the year"), "year", pl.Int64),
        "recommended_year": Figure(mark("Recommended for the year"), "year", pl.Int64),
        "recommended_cities": Figure(mark("Prefecture-level cities recommended"), "number", pl.Int64),
        "recommended_districts": Figure(mark("Districts recommended"), "number", pl.Int64),
    }
)

#: Columns that rules read beside the ones they show.
SILENT = {
    "finished": pl.Boolean,
    "started": pl.Boolean,
    "late": pl.Boolean,
    "same_letters": pl.Int64,
    "fallen_bp": pl.Float64,
    "delayed_days": pl.Int64,
    "revalued_bp": pl.Float64,
    "renamed_bp": pl.Float64,
    "first_year": pl.Boolean,
    "year_is_over": pl.Boolean,
    "submission": pl.String,
    "row_no": pl.Int64,
    "rollup_spread_bp": pl.Float64,
}


def as_day(value: Any) -> Any:
    """A day as read back from JSON is a day again."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def written(name: str, row: Mapping[str, Any], t: Words) -> str:
    shape, value = FIGURES[name].shape, row.get(name)
    if value is None:
        return t("not reported") if FIGURES[name].reported or name == "as_of" else "—"
    if shape == "figure":
        return t(FIGURES[value].label)
    if shape == "figure_of":
        return f"{t(FIGURES[value].label)} {written(value, row, t)}"
    if shape == "year":
        return str(value)
    if shape == "of_figure":
        return written(row["fallen_figure"], {**row, row["fallen_figure"]: value}, t)
    if shape == "loaded":
        return t("planned spending") if value else t("planned progress")
    if shape == "yes":
        return t("yes") if value else t("no")
    if shape == "percent":
        return t.percent(value, 2)
    if shape == "money":
        return t.amount(value, row.get("currency") or "CNY")
    if shape == "day":
        return t.day(as_day(value))
    if shape in ("stage", "code"):
        return t.label(value)
    if shape == "basis":
        return (
            t("the approved monthly curve")
            if value
            else t("the time-elapsed schedule, as the plan has no curve")
        )
    if shape == "spending_basis":
        return t("the approved monthly curve") if value else t("money issued × time elapsed")
    return str(value) if shape == "text" else t.number(value)
