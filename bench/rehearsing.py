"""A rehearsal of twelve months over 10,000 projects, against one day's judgement of the same."""

from datetime import timedelta
from pathlib import Path

from alerts import judge
from alerts.in_force import Policies
from alerts.policy import CARRIED, read_policy
from alerts.rehearsal import rehearsal_days, rehearse
from bench import data
from bench.measure import Figure, pair
from models.facts import facts

PROJECTS, MONTHS = 10_000, 24


def figures(folder: Path, prepare) -> list[Figure]:
    """``prepare(url)`` gives a database with schema and roster."""
    db = prepare(f"sqlite:///{folder / 'rehearsing.db'}")
    keys = data.plant_projects(db, PROJECTS)
    data.plant_reports(db, keys, MONTHS)
    data.plant_records(db, keys)
    policy = read_policy(CARRIED)
    days = rehearsal_days(data.ON, 12)

    def ours() -> None:
        found = rehearse(db, {"it": Policies(policy)}, days, {})["it"]
        assert found.looks == len(days) >= 16 and found.alerts.opened > 0

    def one_day() -> None:
        frame = facts(db, data.ON, data.KNOWN + timedelta(seconds=1))
        assert judge.judge(frame, policy).height > 0

    found = pair(
        f"a rehearsal of 12 months ({len(days)} looks) over {PROJECTS:,} projects",
        *(ours, one_day),
        goal=20.0,
        runs=2,
        against="one day's judgement of the same",
    )
    db.dispose()
    return [found]
