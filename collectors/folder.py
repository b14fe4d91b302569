"""A watched folder as a source: files that appear in it, each taken once when it has stopped growing.

A file is ready when a look finds it with the size and time that the look before found. Afterwards it lies in
``done/`` or ``failed/``, under its own name with the instant before it, so that nothing is overwritten.
Refuses links, sub-folders and hidden files, and to delete anything.
"""

import errno
import json
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path

from collectors.failure import Failure, both
from models.words import mark

DONE, FAILED = "done", "failed"

#: Files taken in one run; the rest waits for the next.
MOST = 50

#: Names of files that some program still writes.
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", "~")


@dataclass(frozen=True)
class Found:
    """A file that is ready. ``content`` is None where it is larger than is read."""

    path: Path
    content: bytes | None


@dataclass(frozen=True)
class Look:
    """What a look found: files that are ready, and every file's size and time for the next look (JSON)."""

    ready: tuple[Found, ...]
    memory: str


def look(folder: Path, pattern: str, memory: str | None, *, max_bytes: int) -> Look | Failure:
    """Look into a folder once. ``memory``: what the look before remembered; None at the first."""
    try:
        before = json.loads(memory or "{}")
        now = _sizes(folder, pattern)
        ready = [name for name, size in now.items() if before.get(name) == size][:MOST]
        found = tuple(Found(folder / name, _content(folder / name, now[name], max_bytes)) for name in ready)
    except OSError as error:
        return _fault(error)
    return Look(
        tuple(f for f in found if f.content is None or len(f.content) == now[f.path.name][0]), json.dumps(now)
    )


def _sizes(folder: Path, pattern: str) -> dict[str, list[int]]:
    """Size and time of each file that is meant, the oldest first."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(".") or name.lower().endswith(_UNFINISHED) or not fnmatch(name, pattern):
                continue
            told = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(told.st_mode):
                found.append((told.st_mtime_ns, name, told.st_size))
    return {name: [size, changed] for changed, name, size in sorted(found)}


def _content(path: Path, size: list[int], max_bytes: int) -> bytes | None:
    if size[0] > max_bytes:
        return None
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        return file.read(max_bytes + 1)


def put_away(path: Path, where: str, at: datetime) -> Failure | None:
    """Move a file to ``done`` or ``failed`` beside it; why not, where that fails."""
    target = path.parent / where / f"{at:%Y%m%dT%H%M%S%f}-{path.name}"
    try:
        target.parent.mkdir(exist_ok=True)
        os.rename(path, target)
    except OSError as error:
        return _fault(error)
    return None


_FAULTS = {
    errno.ENOENT: mark("it is not there"),
    errno.EACCES: mark("the rights are missing"),
    errno.EPERM: mark("the rights are missing"),
    errno.EROFS: mark("the rights are missing"),
    errno.ENOSPC: mark("the disk is full"),
    errno.ENOTDIR: mark("a file stands where a folder is needed"),
    errno.EEXIST: mark("a file stands where a folder is needed"),
}


def _fault(error: OSError) -> Failure:
    known = _FAULTS.get(error.errno or 0)
    return Failure("E-FOLDER", {"found": both(known) if known else error.strerror or type(error).__name__})
