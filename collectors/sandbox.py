"""A workbook read, or marked, in a process of its own, under limits: whatever it holds, it ends no other process.

A parent process is started once, imports what is needed, and is forked for each workbook. The fork may map so
much memory beyond what was mapped before, may compute and may live so many seconds; what does not come back
whole is refused. Tables come back as Arrow streams. Nothing of the file is run or pickled.

``python -m collectors.sandbox FD`` is that parent process; nobody else starts it.
"""

import atexit
import contextlib
import io
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import date
from pathlib import Path

import polars as pl

from collectors.marking import Note, marked
from collectors.problems import Finding, Refused, refuse
from collectors.workbook import Tab, read_workbook

#: What one workbook may take: bytes of address space beyond what is mapped at its start (a table of 50,000
#: rows maps 600 MB and touches 200), seconds of computing, seconds in all.
MEMORY, CPU_S, WALL_S = 768_000_000, 20, 30

_ROOT = Path(__file__).resolve().parents[1]
_LENGTH = struct.Struct("<Q")
_TABLES = ("lines", "notes", "merged")

#: All that the process is told of its surroundings; no address and no secret of ours.
_SURROUNDINGS = {
    "PATH": os.defpath,
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "POLARS_MAX_THREADS": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others map a gigabyte at once
}


class _Parent:
    """The process that is forked, started when first needed and once more should it ever end."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen | None = None
        self.control: socket.socket | None = None

    def line(self) -> socket.socket:
        """A line to a new fork."""
        ours, theirs = socket.socketpair()
        with self.lock, theirs:
            for _ in range(2):
                if self.process is None or self.process.poll() is not None or self.control is None:
                    self._start()
                with contextlib.suppress(OSError):
                    socket.send_fds(self.control, [b"."], [theirs.fileno()])
                    return ours
                self.process = None
        raise refuse("E-F35")

    def _start(self) -> None:
        self.stop()
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "collectors.sandbox", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=_ROOT,
                env=_SURROUNDINGS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def stop(self) -> None:
        """End the process: it ends when nobody holds the other end of its line."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.wait()
        self.control = self.process = None


_parent = _Parent()
atexit.register(_parent.stop)


def warm() -> None:
    """Start the process that is forked, so that the first workbook does not wait for it."""
    _parent.line().close()


def isolated_workbook(content: bytes, *, max_unpacked: int, max_rows: int | None) -> tuple[Tab, ...]:
    """``read_workbook`` in a process of its own. Raises Refused, also where that process did not end well."""
    asked = {"max_unpacked": max_unpacked, "max_rows": max_rows}
    try:
        with _asked("read", asked, content) as line:
            told = _received(line)
            tables = [_received(line) for _ in json.loads(told)["tabs"] for _ in _TABLES]
    except (OSError, EOFError):
        raise refuse("E-F35") from None
    return _unpacked(json.loads(told), tables)


def isolated_marking(content: bytes, notes: Sequence[Note]) -> bytes | None:
    """``marked`` in a process of its own; None also where that process did not end well."""
    asked = {"notes": [astuple(note) for note in notes]}
    try:
        with _asked("mark", asked, content) as line:
            return bytes(_received(line)) or None
    except (OSError, EOFError, Refused):
        return None


@contextlib.contextmanager
def _asked(act: str, options: dict, content: bytes) -> Iterator[socket.socket]:
    """The line of a fork that was told what to do with these bytes."""
    with _parent.line() as line:
        line.settimeout(WALL_S + 5)
        _send(line, [json.dumps({"act": act} | options).encode(), content])
        yield line


def _send(line: socket.socket, parts: Sequence[bytes | memoryview]) -> None:
    """Parts, each preceded by its length."""
    for part in parts:
        line.sendall(_LENGTH.pack(len(part)))
        line.sendall(part)


def _received(line: socket.socket) -> bytearray:
    """One part, preceded by its length. Raises EOFError where the line ends before."""
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size))
    return _exactly(line, length)


def _exactly(line: socket.socket, length: int) -> bytearray:
    found = bytearray(length)
    view = memoryview(found)
    while view:
        count = line.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return found


def _unpacked(told: dict, tables: Sequence[bytearray]) -> tuple[Tab, ...]:
    if told["refused"]:
        raise Refused(*(Finding(code, values=values) for code, values in told["refused"]))
    frames = iter([pl.read_ipc_stream(io.BytesIO(table)) for table in tables])
    return tuple(
        Tab(
            name,
            visible,
            date.fromisoformat(epoch),
            *(next(frames) for _ in _TABLES),
            folded=frozenset(folded),
        )
        for name, visible, epoch, folded in told["tabs"]
    )


def _answer(line: socket.socket) -> None:
    """Do what is asked on the line with the workbook on it. In the fork."""
    asked, content = json.loads(_received(line)), bytes(_received(line))
    if asked.pop("act") == "mark":
        notes = [Note(*told) for told in asked["notes"]]
        return _send(line, [marked(content, notes) or b""])
    return _send(line, _read(content, asked))


def _read(content: bytes, limits: dict) -> list[bytes | memoryview]:
    """What the workbook holds: its sheets' names, and their tables."""
    try:
        tabs, refused = read_workbook(content, **limits), []
    except Refused as refusal:
        tabs, refused = (), [(finding.code, dict(finding.values)) for finding in refusal.findings]
    heads = [(tab.name, tab.visible, tab.epoch.isoformat(), sorted(tab.folded)) for tab in tabs]
    parts: list[bytes | memoryview] = [json.dumps({"tabs": heads, "refused": refused}).encode()]
    for table in (getattr(tab, name) for tab in tabs for name in _TABLES):
        out = io.BytesIO()
        table.write_ipc_stream(out)
        parts.append(out.getbuffer())
    return parts


def _limit() -> None:
    """From here on this process may take only so much; beyond, the system ends it."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, WALL_S)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _serve(control: socket.socket) -> None:
    """Fork for every line that comes, until nobody can send any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, lines, *_ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        with socket.socket(fileno=lines[0]) as line:
            if os.fork() == 0:
                control.close()
                _limit()
                with contextlib.suppress(OSError, EOFError):
                    _answer(line)
                os._exit(0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
