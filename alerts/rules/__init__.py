"""The rules, each an expression over ``models.facts`` that reads like its formula in the policy.

``RULES`` speak about projects, ``CITY_RULES`` about cities (over ``alerts.cities.city_frame``).

To add one: a function (Limits) → Finding in the module of its subject, its row here and in
``alerts.policy.SHAPES``, its table in ``policy.toml``, its words in the catalogue, its table of tests.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from alerts.policy import Limits
from alerts.rules.adjustment import (
    adjusted_out_of_red,
    drifted_end,
    drifted_money,
    frequent_adjustments,
    large_delay,
    large_value_change,
    over_total,
    renamed_and_changed,
    undecided_change,
    unregistered_delay,
)
from alerts.rules.city import (
    applied_again,
    city_award,
    city_round_numbers,
    city_tranche,
    digital_reach,
    industries,
    industry_unled,
    no_landmark,
    quota,
    unlisted_money,
)
from alerts.rules.finding import Finding
from alerts.rules.funds import award_limit, central_share, ineligible_category, separate_accounting, tranche
from alerts.rules.money import booked_as_spent, money_ahead, parked_money, work_ahead, year_end_rush
from alerts.rules.overlap import double_central_money, not_on_list
from alerts.rules.parts import exposed_members, lagging_owner, rollups_disagree, weak_links
from alerts.rules.plan import back_loaded, milestone_gap, steep_plan
from alerts.rules.progress import lagging_progress, milestones_missed, not_started, past_end, stalled
from alerts.rules.reporting import copied_report, falling_figure, late_report
from alerts.rules.spending import lagging_spending

RULES: Mapping[str, Callable[[Limits], Finding]] = MappingProxyType(
    {
        "lagging_progress": lagging_progress,
        "lagging_spending": lagging_spending,
        "frequent_adjustments": frequent_adjustments,
        "stalled": stalled,
        "late_report": late_report,
        "not_started": not_started,
        "past_end": past_end,
        "milestones_missed": milestones_missed,
        "milestone_gap": milestone_gap,
        "parked_money": parked_money,
        "money_ahead": money_ahead,
        "work_ahead": work_ahead,
        "year_end_rush": year_end_rush,
        "booked_as_spent": booked_as_spent,
        "large_delay": large_delay,
        "large_value_change": large_value_change,
        "renamed_and_changed": renamed_and_changed,
        "drifted_end": drifted_end,
        "drifted_money": drifted_money,
        "adjusted_out_of_red": adjusted_out_of_red,
        "undecided_change": undecided_change,
        "unregistered_delay": unregistered_delay,
        "over_total": over_total,
        "ineligible_category": ineligible_category,
        "central_share": central_share,
        "separate_accounting": separate_accounting,
        "tranche": tranche,
        "award_limit": award_limit,
        "falling_figure": falling_figure,
        "copied_report": copied_report,
        "back_loaded": back_loaded,
        "steep_plan": steep_plan,
        "double_central_money": double_central_money,
        "not_on_list": not_on_list,
        "lagging_owner": lagging_owner,
        "exposed_members": exposed_members,
        "weak_links": weak_links,
        "rollups_disagree": rollups_disagree,
    }
)

CITY_RULES: Mapping[str, Callable[[Limits], Finding]] = MappingProxyType(
    {
        "city_round_numbers": city_round_numbers,
        "industries": industries,
        "industry_unled": industry_unled,
        "no_landmark": no_landmark,
        "digital_reach": digital_reach,
        "city_award": city_award,
        "city_tranche": city_tranche,
        "unlisted_money": unlisted_money,
        "applied_again": applied_again,
        "quota": quota,
    }
)

ALL_RULES: Mapping[str, Callable[[Limits], Finding]] = MappingProxyType({**RULES, **CITY_RULES})
