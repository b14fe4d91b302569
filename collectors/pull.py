"""★ From a declared source to stored rows: ask → one delivery → intake → what is known of the source now.

Asking (``reach_out``) is the network's part and runs in threads; taking in and noting (``settle``) is the
database's and runs in one, so that waiting for one source overlaps the intake of another. What is wrong
with a source is a kept run, never an exception; a source that fails costs no other any time.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from collectors import drift, folder, sources
from collectors.declaration import Declaration
from collectors.failure import Failure, of_problem
from collectors.fetch import Line, Net, Used, open_line
from collectors.forms import match
from collectors.intake import Delivery, Limits, Receipt, take_in
from collectors.layout import fitted
from collectors.paging import Gathered, gather
from collectors.problems import Problem, Refused
from collectors.read import read
from collectors.sources import After, Claimed, Ran
from models.access import Scope, operator
from models.clock import local_day
from models.db import Database
from models.vocabulary import Door, Level, PullOutcome, Role

log = logging.getLogger(__name__)

_NO_LIMITS = Limits()
_THE_NET = Net()


@dataclass(frozen=True)
class Part:
    """Something to take in. ``path``: the file of a folder that it was."""

    gathered: Gathered
    shape: dict[str, Any]
    file_name: str
    path: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What asking a source gave: parts to take in, or why there are none; and what it used.

    Neither parts nor a failure: a folder in which no file is ready.
    """

    parts: tuple[Part, ...] = ()
    failure: Failure | None = None
    failed: tuple[tuple[Path, Failure], ...] = ()
    memory: str | None = None
    used: Used = field(default_factory=Used)


@dataclass(frozen=True)
class Pulled:
    """What came of a source's pull. ``cities``: whose figures are new."""

    source: str
    runs: tuple[Ran, ...]
    cities: frozenset[str] = frozenset()

    @property
    def last(self) -> Ran | None:
        return self.runs[-1] if self.runs else None


def pull(
    db: Database, name: str, *, now: datetime, net: Net = _THE_NET, limits: Limits = _NO_LIMITS
) -> Pulled | None:
    """Pull one source now, due or not. None where there is none or another worker pulls it. Commits."""
    began = time.monotonic()
    for claimed in sources.claim(db, [name], now, only_due=False):
        answer = reach_out(claimed, net)
        passed = time.monotonic() - began
        return settle(
            db, claimed, answer, now=now + timedelta(seconds=passed), limits=limits, chance=net.chance()
        )
    return None


# --- asking -------------------------------------------------------------------------------------------------


def reach_out(claimed: Claimed, net: Net, opened: Callable[[Line], None] = lambda _: None) -> Answer:
    """Ask a source for what it has. No database; never raises. ``opened`` gets the line, to end it early."""
    try:
        if claimed.told is None:
            return Answer(failure=Failure("E-DECLARED", {"found": claimed.name}))
        if claimed.told.kind == "folder":
            return _looked(claimed, claimed.told)
        return _asked(claimed, claimed.told, net, opened)
    except Exception as error:  # a fault of ours in one source must not end the others
        log.exception("source %s", claimed.name)
        return Answer(failure=Failure("E-FAULT", {"found": type(error).__name__}))


def _asked(claimed: Claimed, told: Declaration, net: Net, opened: Callable[[Line], None]) -> Answer:
    today = local_day(claimed.started_at)
    with open_line(told.policy, net, now=claimed.started_at) as line:
        opened(line)
        found = gather(told, line, claimed.standing, today=today)
    if isinstance(found, Failure):
        return Answer(failure=found, used=line.used)
    if found.unchanged or _sha256(found.content) == claimed.sha256:
        return Answer((Part(replace(found, unchanged=True), {}, told.name),), used=line.used)
    return _examined(claimed, told, Part(found, {}, f"{told.name}.{told.format}"), line.used)


def _examined(claimed: Claimed, told: Declaration, part: Part, used: Used) -> Answer:
    """Compare the form of the data with the last one."""
    shape = _shape(told, part)
    wrong = drift.drifted(claimed.standing.shape, shape)
    if wrong is not None:
        return Answer(failure=wrong, used=used, failed=((part.path, wrong),) if part.path else ())
    return Answer((replace(part, shape=shape),), used=used)


def _shape(told: Declaration, part: Part) -> dict[str, Any]:
    """The form of a part as far as it is used; empty where it cannot be read, which the intake will say."""
    layout, forms = part.gathered.layout, told.forms
    if part.gathered.table is not None:
        header = part.gathered.table.header
        used = [header[index] for index in match(header, fitted(forms[0], layout)).columns.values()]
        return drift.shape_of(part.gathered.table, used)
    try:
        sheet = read(part.gathered.content, part.file_name, Limits(), forms, layout=layout)
    except Refused:
        return {}
    header = [sheet.header[index] for index in sheet.columns.values()]
    return drift.shape_of_header(name for name in header if name not in dict(layout.constants))


def _looked(claimed: Claimed, told: Declaration) -> Answer:
    found = folder.look(
        Path(told.path or ""), told.pattern, claimed.standing.cursor, max_bytes=told.policy.max_bytes
    )
    if isinstance(found, Failure):
        return Answer(failure=found)
    parts, failed = [], []
    layout = told.layout(local_day(claimed.started_at))
    for file in found.ready:
        if file.content is None:
            failed.append((file.path, Failure("H-SIZE", {"limit": f"{told.limits.max_mb:g}"})))
            continue
        one = Part(Gathered(file.content, layout), {}, file.path.name, file.path)
        answer = _examined(claimed, told, one, Used())
        parts += answer.parts
        failed += answer.failed
    return Answer(tuple(parts), failed=tuple(failed), memory=found.memory)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- taking in ----------------------------------------------------------------------------------------------


def settle(
    db: Database,
    claimed: Claimed,
    answer: Answer,
    *,
    now: datetime,
    limits: Limits = _NO_LIMITS,
    chance: float = 0.0,
) -> Pulled:
    """Take in what came, keep the run, say when the source is next due. Commits, each delivery by itself."""
    runs, cities = _runs(db, claimed, answer, now, limits)
    last = runs[-1] if runs else None
    failure = None if last is None or last.is_good else last.failure
    wait = sources.pause(claimed.told, failure, claimed.failures + 1, chance)
    if failure is None and claimed.told is not None and claimed.told.kind == "folder":
        wait = min(wait, timedelta(seconds=claimed.told.look_seconds))
    due_at = sources.next_due(claimed, wait) if failure is None else now + wait
    sources.note(db, claimed, runs, _after(claimed, answer), now=now, due_at=due_at)
    return Pulled(claimed.name, tuple(runs), cities)


def _runs(
    db: Database, claimed: Claimed, answer: Answer, now: datetime, limits: Limits
) -> tuple[list[Ran], frozenset[str]]:
    runs = (
        [Ran(_outcome_of(answer.failure), answer.failure, counts=_used(answer.used))]
        if answer.failure
        else []
    )
    cities: frozenset[str] = frozenset()
    for path, failure in answer.failed:
        moved = folder.put_away(path, folder.FAILED, now)
        if answer.failure is None:
            runs.append(Ran(PullOutcome.ERROR, moved or failure))
    for part in answer.parts:
        ran, touched = _taken(db, claimed, part, now, limits)
        if part.path is not None:
            moved = folder.put_away(part.path, folder.DONE if ran.is_good else folder.FAILED, now)
            ran = ran if moved is None else replace(ran, outcome=PullOutcome.ERROR, failure=moved)
        counts = _used(replace(answer.used, bytes=answer.used.bytes or len(part.gathered.content)))
        runs.append(replace(ran, counts=ran.counts | counts, notes=part.gathered.notes))
        cities |= touched
    return runs, cities


def _outcome_of(failure: Failure) -> PullOutcome:
    return PullOutcome.EMPTY if failure.code == "H-EMPTY" else PullOutcome.ERROR


def _taken(
    db: Database, claimed: Claimed, part: Part, now: datetime, limits: Limits
) -> tuple[Ran, frozenset[str]]:
    """One delivery through the intake; a fault of ours becomes a run like any other."""
    if part.gathered.unchanged:
        return Ran(PullOutcome.UNCHANGED, Failure("N-UNCHANGED")), frozenset()
    try:
        receipt = take_in(db, delivery_of(claimed, part), now=now, limits=limits)
    except Exception as error:  # one source's fault must not end the others
        log.exception("taking in from source %s", claimed.name)
        return Ran(PullOutcome.ERROR, Failure("E-FAULT", {"found": type(error).__name__})), frozenset()
    return _judged(receipt, claimed.told, part), receipt.cities if receipt.committed else frozenset()


def delivery_of(claimed: Claimed, part: Part) -> Delivery:
    """What came, as a delivery of the source: a city's own reaches that city and nothing else."""
    told, who = claimed.told, f"source:{claimed.name}"
    scope = Scope(who, Role.CITY, told.place, frozenset({told.place}))
    if told.nation:
        scope = operator(who)
    return Delivery(
        part.file_name,
        part.gathered.content,
        scope,
        form=told.form,
        mapping=told.mapping,
        as_of=told.as_of_on(local_day(claimed.started_at)),
        door=Door.PULL,
        source=claimed.name,
        layout=part.gathered.layout,
        refuses=tuple(told.hold.items()),
        is_state=part.path is None,
    )


def _judged(receipt: Receipt, told: Declaration, part: Part) -> Ran:
    names = ("rows", "new", "changed", "rejected", "warned")
    counts = {name: getattr(receipt, name) for name in names}
    if receipt.ok:
        outcome = PullOutcome.OK if receipt.committed else PullOutcome.UNCHANGED
        failure = None if receipt.committed else Failure("N-UNCHANGED")
        return Ran(outcome, failure, part.shape, counts=counts, submission=receipt.submission)
    failure = of_problem(_gravest(receipt, told))
    if failure.code == "E-C86":
        failure = replace(failure, code="E-FUTURE")
    return Ran(PullOutcome.ERROR, failure, counts=counts)


def _gravest(receipt: Receipt, told: Declaration) -> Problem:
    """What a delivery was refused for: its first error, or the warning that was held."""
    for problem in receipt.problems:
        held = problem.code in told.hold and problem.count > told.hold[problem.code] * receipt.rows
        if problem.level == Level.ERROR or held:
            return problem
    return receipt.problems[0]


def _used(used: Used) -> dict[str, int]:
    found = {"requests": used.requests, "bytes": used.bytes}
    return found | ({"response_ms": round(used.seconds * 1000 / used.requests)} if used.requests else {})


def _after(claimed: Claimed, answer: Answer) -> After:
    """What the next request builds on, where this run was good."""
    if answer.memory is not None:
        return After(memory=answer.memory)
    if not answer.parts:
        return After()
    gathered = answer.parts[-1].gathered
    cursor = local_day(claimed.started_at).isoformat() if claimed.told and claimed.told.since else None
    sha256 = None if gathered.unchanged else _sha256(gathered.content)
    return After(gathered.etag, gathered.last_modified, cursor, sha256)
