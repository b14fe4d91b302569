"""Fifty people at once: real websocket sessions that each change a filter every five seconds, on both pages in turn.

Memory is what many open sessions, each with two changes of the filter, add to a server that had shown everything
before. Refuses to count an error as a rerun.
"""

import asyncio
import contextlib
import os
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

from websockets.exceptions import WebSocketException

from bench.measure import Figure, compared
from bench.sockets import PageFailed, Reader

PEOPLE, EVERY_S, SECONDS, TURNS = 50, 5.0, 30.0, 2

#: Open sessions by which memory is measured: of fifty it would be lost in what a server takes and gives back anyway.
OPEN = 200


@dataclass(frozen=True)
class Served:
    """A page: its address, the process that serves it, the cookie that opens it, and its filter's label."""

    address: str
    pid: int
    secret: str | None
    label: str
    query: str = ""

    def reader(self) -> Reader:
        """Somebody who opens it."""
        return Reader(self.address, self.secret, self.query, self.label)


@dataclass(frozen=True)
class Load:
    """What a crowd met: seconds of every rerun, errors, bytes of memory that each session added, and the server's
    processor seconds for each rerun (opening the sessions included), which a busy machine lengthens little."""

    reruns: list[float]
    errors: list[str]
    session_bytes: float
    cpu_each: float

    @property
    def median(self) -> float:
        return statistics.median(self.reruns)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.reruns, n=20)[-1]


def memory(pid: int) -> int:
    """Bytes of a process's memory, shared pages counted by share (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError("no Pss in smaps_rollup")


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(ours: Served, bare: Served) -> list[Figure]:
    """The median rerun, errors, and memory a session."""
    each = [asyncio.run(_session_bytes(place, OPEN)) / 2**20 for place in (ours, bare)]
    loads: dict[str, list[Load]] = {"ours": [], "bare": []}
    for turn in range(TURNS):
        for name, place in (("ours", ours), ("bare", bare)):
            loads[name].append(crowd(place, seconds=SECONDS, seed=turn))
    mine, theirs = ([time for load in loads[name] for time in load.reruns] for name in ("ours", "bare"))
    name = f"{PEOPLE} people, a filter changed every {EVERY_S:.0f} s"
    rerun = compared(
        f"{name}: median rerun", mine, theirs, goal=2.0, against="the bare page under the same load"
    )
    rerun.detail = {"ours": spread(loads["ours"]), "other": spread(loads["bare"])}
    cpu = [statistics.mean(load.cpu_each for load in loads[who]) for who in ("ours", "bare")]
    p95 = [statistics.quantiles(times, n=20)[-1] for times in (mine, theirs)]
    rerun.note = (
        f"p95 {p95[0] * 1000:.0f} ms against {p95[1] * 1000:.0f} ms; processor time of the server a run "
        f"{cpu[0] * 1000:.1f} ms against {cpu[1] * 1000:.1f} ms ({cpu[0] / cpu[1]:.2f})"
    )
    held = f"memory of each of {OPEN} open sessions"
    memory_each = compared(held, each[:1], each[1:], goal=1.3, against="the bare page's")
    memory_each.unit = " MB"
    return [rerun, _errors(name, loads), memory_each]


def _errors(name: str, loads: dict[str, list[Load]]) -> Figure:
    met = [error for load in loads["ours"] for error in load.errors]
    reruns = sum(len(load.reruns) for load in loads["ours"])
    theirs = sum(len(load.errors) for load in loads["bare"])
    note = "; ".join(met[:3])
    return Figure(
        f"{name}: errors", len(met), "the bare page", theirs, len(met), 0, not met, "", reruns, note
    )


def spread(loads: list[Load]) -> dict[str, list[float]]:
    """What stands in the details: of each turn the median, the 95th percentile and the processor time, in ms."""
    return {
        "median_ms": [round(load.median * 1000, 1) for load in loads],
        "p95_ms": [round(load.p95 * 1000, 1) for load in loads],
        "cpu_ms": [round(load.cpu_each * 1000, 2) for load in loads],
        "session_kb": [round(load.session_bytes / 1024) for load in loads],
        "errors": [len(load.errors) for load in loads],
    }


def crowd(place: Served, *, seconds: float, seed: int, people: int = PEOPLE) -> Load:
    """Let people come, change a filter every five seconds with a jitter, and go; the first rerun of each is not counted."""
    return asyncio.run(_crowd(place, seconds, seed, people))


async def warm(place: Served, people: int = 2) -> None:
    """Every value of the filter once, by two at the same time, so that no session to come is the first of anything."""

    async def one(number: int) -> None:
        async with place.reader() as reader:
            await reader.open()
            for choice in (*range(reader.choices + 1), 0):
                await reader.choose(choice)

    await asyncio.gather(*(one(number) for number in range(people)))


async def _session_bytes(place: Served, people: int) -> float:
    """Bytes that one open session adds."""
    await warm(place)
    await asyncio.sleep(1)
    before = memory(place.pid)
    async with contextlib.AsyncExitStack() as stack:
        for number in range(people):
            reader = await stack.enter_async_context(place.reader())
            await reader.open()
            for choice in range(2):
                await reader.choose(1 + (number + choice) % reader.choices)
        return (memory(place.pid) - before) / people


async def _crowd(place: Served, seconds: float, seed: int, people: int) -> Load:
    await warm(place)
    await asyncio.sleep(1)
    before, used = memory(place.pid), processor(place.pid)
    errors: list[str] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    held = asyncio.Event()

    async def person(number: int) -> list[float]:
        dice = random.Random(seed * 1000 + number)
        times: list[float] = []
        try:
            async with place.reader() as reader:
                await asyncio.sleep(EVERY_S * number / people)
                await reader.open()
                await reader.choose(dice.randint(1, reader.choices))
                del reader.answers[:-1]
                while loop.time() < until:
                    await asyncio.sleep(EVERY_S * dice.uniform(0.8, 1.2))
                    await reader.choose(dice.randint(1, reader.choices))
                times = [answer.seconds for answer in reader.answers[1:]]
                await held.wait()
        except (TimeoutError, OSError, PageFailed, WebSocketException) as error:
            errors.append(f"{type(error).__name__}: {error}")
        return times

    tasks = [asyncio.create_task(person(number)) for number in range(people)]
    await asyncio.sleep(seconds + EVERY_S * 1.2 + 1)
    added, used = memory(place.pid) - before, processor(place.pid) - used
    held.set()
    reruns = [time for times in await asyncio.gather(*tasks) for time in times]
    return Load(reruns, errors, added / people, used / (len(reruns) + 2 * people))
