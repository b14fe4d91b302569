"""Fifty people at once: real websocket sessions that each change a filter every five seconds, on both pages in turn."""

import asyncio
import os
import random
import statistics
from dataclasses import dataclass
from pathlib import Path

from bench.sockets import PageFailed, Reader

PEOPLE, EVERY_S = 50, 5.0


@dataclass(frozen=True)
class Place:
    """A served page: its address, the process that serves it, whose cookies open it, and its filter's label."""

    address: str
    pid: int
    secrets: tuple[str | None, ...]
    label: str
    query: str = ""


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


def crowd(place: Place, *, seconds: float, seed: int, people: int = PEOPLE) -> Load:
    """Let people come, change a filter every five seconds with a jitter, and go; the first rerun of each is not counted."""
    return asyncio.run(_crowd(place, seconds, seed, people))


async def warm(place: Place, people: int = 2) -> None:
    """Every value of the filter once, by two at the same time, so that no session to come is the first of anything."""

    async def one(number: int) -> None:
        async with Reader(
            place.address, place.secrets[number % len(place.secrets)], place.query, place.label
        ) as reader:
            await reader.open()
            for choice in (*range(reader.choices + 1), 0):
                await reader.choose(choice)

    await asyncio.gather(*(one(number) for number in range(people)))


async def _crowd(place: Place, seconds: float, seed: int, people: int) -> Load:
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
            async with Reader(
                place.address, place.secrets[number % len(place.secrets)], place.query, place.label
            ) as reader:
                await asyncio.sleep(EVERY_S * number / people)
                await reader.open()
                await reader.choose(dice.randint(1, reader.choices))
                del reader.answers[:-1]
                while loop.time() < until:
                    await asyncio.sleep(EVERY_S * dice.uniform(0.8, 1.2))
                    await reader.choose(dice.randint(1, reader.choices))
                times = [answer.seconds for answer in reader.answers[1:]]
                await held.wait()
        except (TimeoutError, OSError, PageFailed) as error:
            errors.append(f"{type(error).__name__}: {error}")
        return times

    tasks = [asyncio.create_task(person(number)) for number in range(people)]
    await asyncio.sleep(seconds + EVERY_S * 1.2 + 1)
    added, used = memory(place.pid) - before, processor(place.pid) - used
    held.set()
    reruns = [time for times in await asyncio.gather(*tasks) for time in times]
    return Load(reruns, errors, added / people, used / (len(reruns) + 2 * people))
