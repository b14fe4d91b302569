"""``make bench``: every figure against its comparison in one run, into ``var/bench.json``.

``python -m bench intake workbook`` runs some of them. A missed goal is written down with its ratio;
the exit status is 0 all the same, because a figure is a finding, not a test.
"""

import json
import sys
import tempfile
from pathlib import Path

from bench import intake, judging, mailing, overview, pulling, workbook
from bench.measure import Figure
from models import clock
from models.db import Database, open_database
from models.migrate import migrate

ROOT = Path(__file__).resolve().parents[1]
PARTS = {
    "intake": intake.figures,
    "workbook": workbook.figures,
    "pulling": pulling.figures,
    "judging": judging.figures,
    "mailing": mailing.figures,
    "overview": overview.figures,
}


def prepare(url: str) -> Database:
    """A database with schema and roster."""
    db = open_database(url)
    migrate(db, clock.now())
    return db


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    found: list[Figure] = []
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            path = Path(folder)
            for figure in PARTS[name](path, prepare):
                print(figure.line(), flush=True)
                found.append(figure)
    target = ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([figure.as_dict() for figure in found], ensure_ascii=False, indent=1))
    print(
        f"{sum(figure.met for figure in found)} of {len(found)} goals met; written to {target.relative_to(ROOT)}"
    )


if __name__ == "__main__":
    main()
