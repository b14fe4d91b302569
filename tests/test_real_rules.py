"""Every alert on the real data sets, done again from the file's own cells by arithmetic that is not the product's."""

from pathlib import Path

import pytest

from alerts.judge import judge
from alerts.policy import CARRIED, read_policy
from bench.real_data import SETS, RealSet, checked, counted, imported, same
from models import clock
from models.facts import facts

#: Alerts by rule (red, yellow) as noted in docs/rules_on_real_data.md.
COUNTS = {
    "mexico_opa": {
        "lagging_progress": (1_670, 210),
        "past_end": (1_078, 704),
        "late_report": (437, 1_207),
        "not_started": (1_119, 0),
        "lagging_spending": (715, 83),
        "large_delay": (0, 334),
        "drifted_end": (0, 301),
        "money_ahead": (0, 216),
        "large_value_change": (0, 89),
        "drifted_money": (0, 79),
        "stalled": (72, 0),
        "falling_figure": (4, 6),
        "renamed_and_changed": (0, 8),
        "adjusted_out_of_red": (0, 1),
    },
    "nyc_sca": {
        "over_total": (0, 1_545),
        "past_end": (1_152, 328),
        "work_ahead": (0, 1_397),
        "large_value_change": (0, 268),
        "drifted_money": (0, 102),
        "falling_figure": (6, 2),
        "renamed_and_changed": (0, 3),
        "large_delay": (0, 2),
    },
}


@pytest.mark.parametrize("wanted", SETS, ids=lambda one: one.name)
def test_every_alert_follows_from_the_cells(wanted: RealSet, shared: Path, tmp_path: Path) -> None:
    db = imported(shared / "data", wanted, tmp_path)
    looks = judge(facts(db, wanted.on, clock.now()), read_policy(CARRIED))
    assert {rule: counts for rule, *counts in map(_pair, counted(looks).iter_rows())} == {
        rule: [counts] for rule, counts in COUNTS[wanted.name].items()
    }
    differing = [
        (row["rule"], row["project"], row["measured"], result)
        for row, _, _, result in checked(db, shared / "data", wanted, looks)
        if not same(row, result)
    ]
    db.dispose()
    assert differing == []


def _pair(row: tuple[str, int, int]) -> tuple[str, tuple[int, int]]:
    return row[0], (row[1], row[2])
