"""Heads of the audit log noted outside of the database: lines "INSTANT SEQ HASH" in a file that only grows.

The worker writes one a day where the head has moved, ``manage.py audit anchor`` at any time; copy the file off the
machine. ``models.audit.verify`` holds the chain to them. A noted head that is gone means that rows were cut off.
"""

from datetime import datetime
from pathlib import Path

from models.audit import Anchor, newest
from models.db import Database


def read_anchors(path: Path) -> list[Anchor]:
    """The heads noted in a file; none where there is no file. Raises ValueError for a line that is none."""
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        parts = line.split()
        if len(parts) != 3 or not parts[1].isdigit() or len(parts[2]) != 64:
            raise ValueError(f"{path}, line {number}: not “INSTANT SEQ HASH”")
        found.append(Anchor(int(parts[1]), parts[2]))
    return found


def note_head(db: Database, path: Path, *, now: datetime) -> str | None:
    """Add the head to a file of anchors; the line, or None where it is noted already.

    Raises ValueError where the chain is shorter than what is noted, so that nothing is noted over a cut.
    """
    noted, head = read_anchors(path), newest(db)
    if not head.seq or head in noted:
        return None
    if noted and head.seq <= max(one.seq for one in noted):
        raise ValueError(f"the audit log was cut or changed: its head is row {head.seq}; run audit verify")
    line = f"{now.isoformat(timespec='seconds')} {head.seq} {head.hash}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return line
