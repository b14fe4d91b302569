"""``make bench``: every figure against its comparison in one run, into ``var/bench.json``.

``python -m bench intake workbook`` runs some of them. A missed goal is written down with its ratio;
the exit status is 0 all the same, because a figure is a finding, not a test. Parts whose peers cannot be
installed are left out, and that is said.

What a part makes lies in a folder of its own, gone afterwards. ``BENCH_FOLDER`` names one that stays: ``desk`` and
``superset`` take the databases there as they are once they are filled, which takes minutes.
"""

import models.memory  # noqa: F401, I001  as manage.py does

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import (
    against,
    desk,
    errors,
    intake,
    judging,
    mailing,
    overlaps,
    pulling,
    rehearsing,
    side_by_side,
    workbook,
)
from bench.measure import Figure
from bench.peer import PeersMissing
from models import clock
from models.db import Database, open_database
from models.migrate import migrate

ROOT = Path(__file__).resolve().parents[1]
PARTS = {
    "intake": intake.figures,
    "against": against.figures,
    "errors": errors.figures,
    "workbook": workbook.figures,
    "pulling": pulling.figures,
    "judging": judging.figures,
    "overlaps": overlaps.figures,
    "rehearsing": rehearsing.figures,
    "mailing": mailing.figures,
    "desk": desk.figures,
    "superset": side_by_side.figures,
}


def prepare(url: str) -> Database:
    """A database with schema and roster."""
    db = open_database(url)
    migrate(db, clock.now())
    return db


def measured(name: str) -> Iterator[Figure]:
    """The figures of one part, each said as soon as it is there."""
    with _folder() as folder:
        for figure in PARTS[name](folder, prepare):
            print(figure.line(), flush=True)
            yield figure


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    if stays := os.environ.get("BENCH_FOLDER"):
        Path(stays).mkdir(parents=True, exist_ok=True)
        yield Path(stays)
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Path(folder)


def main() -> None:
    found: list[Figure] = []
    left_out: list[str] = []
    for name in sys.argv[1:] or list(PARTS):
        try:
            found += measured(name)
        except PeersMissing as missing:
            print(f"LEFT OUT {name}: {missing}", flush=True)
            left_out.append(name)
    target = ROOT / "var" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([figure.as_dict() for figure in found], ensure_ascii=False, indent=1))
    met = sum(figure.met for figure in found)
    missing = f"; left out: {', '.join(left_out)}" if left_out else ""
    print(f"{met} of {len(found)} goals met{missing}; written to {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
