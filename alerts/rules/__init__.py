"""The rules, each an expression over ``models.facts`` that reads like its formula in the policy.

``RULES`` speak about projects, ``CITY_RULES`` about cities (over ``alerts.cities.city_frame``).

To add one: a function (Limits) → Finding in the module of its subject, its row here and in
``alerts.policy.SHAPES``, its table in ``policy.toml``, its words in the catalogue, its table of tests.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from alerts.policy import Limits
from alerts.rules.adjustment import frequent_adjustments
from alerts.rules.city import city_round_numbers
from alerts.rules.finding import Finding
from alerts.rules.progress import lagging_progress, not_started, past_end, stalled
from alerts.rules.reporting import late_report
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
    }
)

CITY_RULES: Mapping[str, Callable[[Limits], Finding]] = MappingProxyType(
    {
        "city_round_numbers": city_round_numbers,
    }
)

ALL_RULES: Mapping[str, Callable[[Limits], Finding]] = MappingProxyType({**RULES, **CITY_RULES})
