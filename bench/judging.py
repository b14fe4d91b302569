"""Judging 100,000 projects with 24 months of reports, against the bare scan that fetches the same inputs.

Curves, milestones, money movements and adjustments are among the inputs.
"""

import os
from pathlib import Path

from alerts.in_force import Policies
from alerts.partition import judge_each, lights_each
from alerts.policy import CARRIED, read_policy
from bench import data
from bench.measure import Figure, pair
from models.facts import from_inputs
from models.inputs import read_inputs

PROJECTS, MONTHS, RUNS = 100_000, 24, 5


def figures(folder: Path, prepare) -> list[Figure]:
    """Facts, rules and both lights of every project, on SQLite."""
    db = prepare(f"sqlite:///{folder / 'judging.db'}")
    keys = data.plant_projects(db, PROJECTS)
    data.plant_reports(db, keys, MONTHS)
    data.plant_records(db, keys)
    policies = Policies(read_policy(CARRIED))

    def ours() -> None:
        frame = from_inputs(read_inputs(db, data.ON, data.KNOWN), data.ON)
        assert lights_each(frame, policies).height == PROJECTS
        assert sum(looks.height for _, looks in judge_each(frame, policies)) > 0

    def scan() -> None:
        read_inputs(db, data.ON, data.KNOWN)

    found = pair(
        f"judging {PROJECTS:,} projects with {MONTHS} months of reports",
        ours,
        scan,
        goal=3.0,
        runs=RUNS,
        against="the bare SQL scan of the same inputs",
    )
    found.detail["cpus"] = os.cpu_count()
    db.dispose()
    return [found]
