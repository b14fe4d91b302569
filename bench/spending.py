"""The months of budget execution at their first look, against the bare scan of the same rows."""

from datetime import date, datetime

from bench.measure import Figure, pair
from models.access import operator
from models.db import Database, fetch_all
from models.queries import execution

RUNS = 3


def figures(db: Database, on: date, known_at: datetime, projects: str) -> list[Figure]:
    """Everybody's money of one programme; afterwards both filters of kind and industry ask nothing more."""
    scope, narrow = operator("bench"), {"programme": "pilot"}
    statements = execution.statements(scope, on, known_at, narrow)

    def ours() -> None:
        reported, planned = execution.movements(db, scope, on, known_at, narrow)
        assert reported["spent"].sum() and not planned.is_empty()

    def scan() -> None:
        fetch_all(db, statements)

    return [
        pair(
            f"budget execution by month over {projects} projects, first look",
            ours,
            scan,
            goal=2.0,
            runs=RUNS,
            against="the bare scan of the same reports, plans and curves",
        )
    ]
