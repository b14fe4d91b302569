"""From a declared http source to one delivery's content: every page, in order, and none twice or missing.

An answer that is no data (a web page, the source's own error, nothing) is a ``Failure``, never "no records".
Refuses to guess a next page. What a page's request looks like is the declaration's; whether a request is safe
is ``collectors/fetch.py``'s.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urljoin

from collectors import answers, json_table
from collectors.declaration import Declaration
from collectors.declaration_parts import Paging
from collectors.failure import Failure, both, of_problem
from collectors.fetch import Ask, Fetched, Line
from collectors.layout import Layout
from collectors.problems import Refused, grouped
from models.words import mark


@dataclass(frozen=True)
class Standing:
    """Where the reading of a source stands: what the next request is conditional on, and the data's last form."""

    etag: str | None = None
    last_modified: str | None = None
    cursor: str | None = None
    shape: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Gathered:
    """What a run brought: one delivery's content and how to read it. ``table``: its records, for JSON.

    ``unchanged``: the source says it has nothing new. ``notes``: what is said beside it.
    """

    content: bytes
    layout: Layout
    table: json_table.Table | None = None
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    notes: tuple[Failure, ...] = ()


def gather(told: Declaration, line: Line, standing: Standing, *, today: date) -> Gathered | Failure:
    """Ask a source for everything it has (or everything since the last time)."""
    try:
        if told.paging is not None:
            return _Pages(told, told.paging, line, standing, today).all()
        return _single(told, line, standing, today)
    except Refused as refusal:
        return of_problem(grouped(refusal.findings)[0])


def first_ask(told: Declaration, standing: Standing, today: date) -> Ask:
    """The first request of a run. Conditional only where one answer is the whole."""
    asked = dict(told.parameters)
    if told.since is not None:
        since = told.since
        day = since.first if standing.cursor is None else date.fromisoformat(standing.cursor)
        day = max(since.first, day - timedelta(days=since.overlap_days)) if standing.cursor else day
        asked[since.parameter] = day.strftime(since.form)
    ask = with_parameters(Ask(told.url, method=told.method, auth=told.auth and told.auth.auth), asked)
    if told.paging is not None or told.since is not None:
        return ask
    return replace(ask, etag=standing.etag, last_modified=standing.last_modified)


def with_parameters(ask: Ask, asked: Mapping[str, str]) -> Ask:
    """A request with its parameters: in the query, or as one JSON object in the body of a POST."""
    if ask.method == "POST":
        return replace(ask, body=json.dumps(asked, ensure_ascii=False, sort_keys=True).encode())
    return replace(ask, parameters=tuple(asked.items()))


def _single(told: Declaration, line: Line, standing: Standing, today: date) -> Gathered | Failure:
    found = line.fetch(first_ask(told, standing, today))
    if isinstance(found, Failure):
        return found
    layout, notes = told.layout(today), answers.clock_notes(found.skew_s)
    if found.unchanged:
        return Gathered(
            b"", layout, unchanged=True, notes=notes, etag=standing.etag, last_modified=standing.last_modified
        )
    refused = answers.type_refused(found.content, found.content_type, told.format)
    if refused is not None:
        return refused
    table = None
    if layout.is_json:
        document = json_table.document(found.content, lines=told.format == "jsonl")
        wrong = answers.own_error(document, told.success_codes)
        if wrong is not None:
            return wrong
        records = json_table.records_of(document, told.records)
        if not records:
            return _nothing(told, standing, layout, notes)
        table = json_table.table(records)
    return Gathered(found.content, layout, table, found.etag, found.last_modified, notes=notes)


def _nothing(
    told: Declaration, standing: Standing, layout: Layout, notes: tuple[Failure, ...]
) -> Gathered | Failure:
    """No record: nothing new where only what is new was asked for; otherwise not believed."""
    if told.since is not None and standing.cursor is not None:
        return Gathered(b"", layout, unchanged=True, notes=notes)
    return Failure("H-EMPTY")


# --- pages --------------------------------------------------------------------------------------------------


@dataclass
class _Pages:
    """One walk through a source's pages."""

    told: Declaration
    paging: Paging
    line: Line
    standing: Standing
    today: date
    bodies: list[bytes] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    total: int | None = None
    pages: int | None = None
    notes: tuple[Failure, ...] = ()

    def all(self) -> Gathered | Failure:
        ask: Ask | None = self._first()
        while ask is not None:
            if len(self.bodies) >= self.paging.most:
                return self._wrong(mark("there are more than {limit} pages"), limit=self.paging.most)
            page = self._page(ask)
            if isinstance(page, Failure):
                return page
            ask = self._next(ask, *page)
            if isinstance(ask, Failure):
                return ask
        return self._complete() or self._gathered()

    def _first(self) -> Ask:
        ask, paging = first_ask(self.told, self.standing, self.today), self.paging
        asked = {}
        if paging.size_parameter and paging.size:
            asked[paging.size_parameter] = str(paging.size)
        if paging.by in ("page", "offset"):
            asked[paging.parameter or ""] = str(self.paging.first)
        return self._asking(ask, asked)

    def _asking(self, ask: Ask, more: Mapping[str, str]) -> Ask:
        """The request with further parameters, or with other values for the ones it has."""
        had = json.loads(ask.body) if ask.body else dict(ask.parameters)
        return with_parameters(ask, {**had, **more})

    def _page(self, ask: Ask) -> tuple[Any, list[dict[str, Any]], Fetched] | Failure:
        """One page, unless it is no data, repeats another, or contradicts what was said before."""
        found = self.line.fetch(ask)
        if isinstance(found, Failure):
            return found
        refused = answers.type_refused(found.content, found.content_type, self.told.format)
        if refused is not None:
            return refused
        document = json_table.document(found.content)
        wrong = answers.own_error(document, self.told.success_codes) or self._counted(document)
        if wrong is not None:
            return wrong
        records = json_table.records_of(document, self.told.records or "")
        digest = hashlib.sha256(repr(records).encode("utf-8", "surrogatepass")).digest()
        if records and digest in self.seen:
            return self._wrong(mark("page {number} repeats an earlier page"), number=len(self.bodies) + 1)
        self.seen.add(digest)
        self.bodies.append(found.content.removeprefix(b"\xef\xbb\xbf"))
        self.records += records
        self.notes = self.notes or answers.clock_notes(found.skew_s)
        return document, records, found

    def _counted(self, document: Any) -> Failure | None:
        """Note the counts that a page states; they must not change while we read."""
        for name in ("total", "pages"):
            path = getattr(self.paging, name)
            if path is None:
                continue
            told = json_table.value_at(document, path)
            if not isinstance(told, str) or not told.isdecimal():
                return self._wrong(mark("there is no count at {path}"), path=path)
            if getattr(self, name) not in (None, int(told)):
                changed = mark("the count at {path} changed while it was read ({before}, then {now})")
                wrong = self._wrong(changed, path=path, before=getattr(self, name), now=told)
                return replace(wrong, retryable=True)
            setattr(self, name, int(told))
        return None

    def _next(self, ask: Ask, document: Any, records: list, found: Fetched) -> Ask | Failure | None:
        paging, number = self.paging, len(self.bodies)
        if paging.by == "cursor":
            return self._at_cursor(ask, json_table.value_at(document, paging.next or ""))
        if paging.by == "link":
            link = json_table.value_at(document, paging.next) if paging.next else found.next_link
            return self._at_link(ask, link)
        if self.pages and not records:
            return self._missing(number)
        if self._is_last(records, number):
            return None
        step = number if paging.by == "page" else len(self.records)
        return self._asking(ask, {paging.parameter or "": str(paging.first + step)})

    def _is_last(self, records: list, number: int) -> bool:
        if self.pages is not None:
            return number >= self.pages
        if self.total is not None:
            return len(self.records) >= self.total or not records
        return not records or (self.paging.size is not None and len(records) < self.paging.size)

    def _at_cursor(self, ask: Ask, cursor: Any) -> Ask | Failure | None:
        if not isinstance(cursor, str) or cursor in ("", "null"):
            return None
        key = b"cursor " + cursor.encode()
        if key in self.seen:
            return self._wrong(mark("the cursor of page {number} was there before"), number=len(self.bodies))
        self.seen.add(key)
        return self._asking(ask, {self.paging.parameter or "": cursor})

    def _at_link(self, ask: Ask, link: Any) -> Ask | Failure | None:
        if not isinstance(link, str) or not link:
            return None
        target = urljoin(ask.url, link)
        if target.encode() in self.seen or target == self.told.url:
            return self._wrong(mark("the link of page {number} was there before"), number=len(self.bodies))
        self.seen.add(target.encode())
        return replace(ask, url=target, parameters=(), home=self.told.url)

    def _complete(self) -> Failure | None:
        """Every page and every record that was promised is there."""
        rows = len(self.records)
        if self.pages is not None and len(self.bodies) < self.pages:
            return self._missing(len(self.bodies) + 1)
        if self.total is not None and self.total != rows:
            return self._wrong(
                mark("it says it has {total} records, and {rows} came"), total=self.total, rows=rows
            )
        return None

    def _missing(self, number: int) -> Failure:
        return self._wrong(mark("page {number} of {pages} is missing"), number=number, pages=self.pages)

    def _gathered(self) -> Gathered | Failure:
        layout = self.told.layout(self.today)
        if not self.records:
            return _nothing(self.told, self.standing, layout, self.notes)
        table = json_table.table(self.records)
        if len(self.bodies) == 1:
            return Gathered(
                self.bodies[0], replace(layout, records=self.told.records or ""), table, notes=self.notes
            )
        path = f"*.{self.told.records}" if self.told.records else "*"
        content = b"[" + b",\n".join(self.bodies) + b"]"
        return Gathered(content, replace(layout, records=path), table, notes=self.notes)

    def _wrong(self, text: str, **values: object) -> Failure:
        return Failure("H-SCHEMA", {"what": both(text, **values)})
