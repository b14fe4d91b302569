"""Rules about a city as a whole: expressions over one row per city (``alerts/cities.py``).

They colour no project's light. To add one: as for a rule about projects, in ``CITY_RULES``, with
``city=True`` in its ``Shape``; a column it needs goes into ``city_frame``.
"""

import polars as pl

from alerts.policy import Limits
from alerts.rules.finding import Finding, finding
from models.words import mark


def city_round_numbers(limits: Limits) -> Finding:
    """Speak when the figures of a city's newest month are round throughout (108-II.5): estimated, not read.

    The share of its figures that are round, of those that can be either. Known only from ``min_figures``
    upwards: a few round figures are chance, and a city that reports less has not become exact.
    """
    return finding(
        pl.when(pl.col("figures") > 0).then(pl.col("round_figures") / pl.col("figures")),
        limits,
        known=pl.col("figures") >= limits.numbers["min_figures"],
        applies=pl.lit(True),
        told=(
            ("figures", "round_figures", "reporting_projects", "as_of"),
            mark("{round_figures} of {figures} figures are round, newest report as of {as_of}: {measured}"),
        ),
    )
