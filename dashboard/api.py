"""The door for a city's own system: one call hands a report in and gives its receipt.

Beside the pages in the same process. Who calls is said by a token (``models/tokens.py``), never by a session;
what is taken is decided by the same intake as everywhere. ``openapi.json`` beside this file describes every
answer, and a test holds the two together.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from alerts.day import bring_up_to_date
from collectors.forms import FORMS, Form
from collectors.intake import Delivery, Limits, Receipt, summary, take_in
from collectors.layout import Layout
from dashboard.guard import API
from models import clock, tokens
from models.db import Database
from models.periods import Period, read_period
from models.queries import submissions
from models.queries.submissions import SubmissionRow
from models.tokens import Bearer
from models.vocabulary import Door
from models.words import Words, mark, words
from settings import Settings

#: Reports that are taken in at the same time; others wait.
_AT_ONCE = 2

_DESCRIPTION = (Path(__file__).parent / "openapi.json").read_text(encoding="utf-8")

#: What is wrong with a call, by code: status and the catalogue key of the sentence.
_FAULTS: Mapping[str, tuple[int, str]] = {
    "A-TOKEN": (401, mark("The token is missing, unknown, revoked or over.")),
    "A-FORM": (403, mark("The token is not for this form, or names several and the call none.")),
    "A-PARAM": (400, mark("A parameter cannot be understood.")),
    "A-EMPTY": (400, mark("The call has no body.")),
    "A-SIZE": (413, mark("The body is larger than may be taken in.")),
    "A-RATE": (429, mark("Too many calls with this token; wait a minute.")),
    "A-PATH": (404, mark("There is no such address; see /api/v1/openapi.json.")),
    "A-NONE": (404, mark("There is no such submission.")),
}


class Fault(Exception):
    """A call that cannot be answered; carries the code."""


@dataclass(frozen=True)
class Call:
    """What a call asks for, checked."""

    bearer: Bearer
    form: str
    file_name: str
    dry_run: bool = False
    partial: bool = False
    as_of: date | None = None
    period: Period | None = None
    base: str | None = None
    reason: str | None = None
    comment: str | None = None
    records: str | None = None


@dataclass(frozen=True)
class Api:
    """The routes over one database and its settings."""

    db: Database
    settings: Settings

    def routes(self) -> list[Route]:
        """Every route, all below ``/api/v1/``."""
        answered = self._answered
        return [
            Route(f"{API}openapi.json", _described, methods=["GET"]),
            Route(f"{API}forms", answered(self.forms), methods=["GET"]),
            Route(f"{API}submissions", answered(self.hand_in), methods=["POST"]),
            Route(f"{API}submissions/{{id}}", answered(self.receipt), methods=["GET"]),
            Route(f"{API}{{rest:path}}", _nowhere),
        ]

    def _answered(self, act: Any) -> Any:
        """Faults as JSON in both languages; the token is checked first."""

        async def endpoint(request: Request) -> Response:
            try:
                who = await to_thread.run_sync(self._bearer, request.headers.get("authorization", ""))
                return await act(request, who)
            except Fault as fault:
                return _fault(str(fault))

        return endpoint

    def _bearer(self, header: str) -> Bearer:
        kind, _, secret = header.partition(" ")
        now = clock.now()
        who = tokens.bearer(self.db, secret.strip(), now=now) if kind.lower() == "bearer" else None
        if who is None:
            raise Fault("A-TOKEN")
        if not tokens.may_call(self.db, who, now=now, limit=self.settings.api_calls_per_minute):
            raise Fault("A-RATE")
        return who

    async def forms(self, _request: Request, who: Bearer) -> Response:
        """The columns of the forms that the token is for."""
        return JSONResponse({"forms": [_form(FORMS[name]) for name in sorted(who.forms) if name in FORMS]})

    async def hand_in(self, request: Request, who: Bearer) -> Response:
        """Take a report in, or with ``dry_run`` say what it would do."""
        call = _understood(request, who)
        body = await self._body(request)
        limiter = self._limiter()
        receipt = await to_thread.run_sync(partial(self._take_in, call, body), limiter=limiter)
        return JSONResponse(told(receipt), status_code=status_of(receipt, dry_run=call.dry_run))

    def _limiter(self) -> CapacityLimiter:
        global _limit
        _limit = _limit or CapacityLimiter(_AT_ONCE)
        return _limit

    async def _body(self, request: Request) -> bytes:
        """The body, read piece by piece and given up as soon as it is too large."""
        largest, pieces, size = self.settings.upload_max_mb * 1_000_000, [], 0
        async for piece in request.stream():
            size += len(piece)
            if size > largest:
                raise Fault("A-SIZE")
            pieces.append(piece)
        if not size:
            raise Fault("A-EMPTY")
        return b"".join(pieces)

    def _take_in(self, call: Call, body: bytes) -> Receipt:
        s = self.settings
        limits = Limits(
            max_bytes=s.upload_max_mb * 1_000_000,
            max_rows=s.upload_max_rows,
            max_unpacked=s.upload_unpacked_max_mb * 1_000_000,
            isolated=True,
        )
        delivery = Delivery(
            call.file_name,
            body,
            call.bearer.scope,
            form=call.form,
            as_of=call.as_of,
            period=call.period,
            door=Door.PUSH,
            reason=call.reason,
            comment=call.comment,
            layout=Layout("json", call.records) if call.records is not None else Layout(),
        )
        receipt = take_in(
            self.db,
            delivery,
            now=clock.now(),
            dry_run=call.dry_run,
            limits=limits,
            expected_base=call.base,
            partial=call.partial,
        )
        if receipt.committed:
            bring_up_to_date(self.db, receipt.cities, now=clock.now())
        return receipt

    async def receipt(self, request: Request, who: Bearer) -> Response:
        """A receipt as kept, of the token's own city."""
        ask = partial(submissions.one, self.db, who.scope, who.city, request.path_params["id"])
        row = await to_thread.run_sync(ask)
        if row is None or row.form not in who.forms:
            raise Fault("A-NONE")
        return JSONResponse(_kept(row))


_limit: CapacityLimiter | None = None  # made where the event loop runs


async def _described(_request: Request) -> Response:
    return Response(_DESCRIPTION, media_type="application/json")


async def _nowhere(_request: Request) -> Response:
    return _fault("A-PATH")


def _fault(code: str) -> Response:
    status, message = _FAULTS[code]
    zh, en = words("zh_CN"), words("en")
    headers = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "60"}}.get(status, {})
    body = {"code": code, "message_zh": zh(message), "message_en": en(message)}
    return JSONResponse(body, status_code=status, headers={"cache-control": "no-store", **headers})


def _understood(request: Request, who: Bearer) -> Call:
    """The call's parameters, checked. Raises Fault."""
    asked = dict(request.query_params)
    form = asked.pop("form", None) or (next(iter(who.forms)) if len(who.forms) == 1 else "")
    if form not in who.forms or form not in FORMS:
        raise Fault("A-FORM")
    suffix = ".json" if request.headers.get("content-type", "").startswith("application/json") else ""
    name = asked.pop("file_name", "") or f"{form}{suffix}"
    flags = {flag: _flag(asked.pop(flag, "false")) for flag in ("dry_run", "partial")}
    as_of, period = _day(asked.pop("as_of", None)), _period(asked.pop("period", None))
    texts = {key: asked.pop(key, None) or None for key in ("base", "reason", "comment", "records")}
    if asked:
        raise Fault("A-PARAM")
    return Call(who, form, name, as_of=as_of, period=period, **flags, **texts)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise Fault("A-PARAM")
    return text == "true"


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Fault("A-PARAM") from None


def _period(text: str | None) -> Period | None:
    found = None if text is None else read_period(text)
    if text is not None and found is None:
        raise Fault("A-PARAM")
    return found


def status_of(receipt: Receipt, *, dry_run: bool) -> int:
    """201 stored, 200 nothing to store or only looked, 409 somebody was quicker, 422 refused."""
    if receipt.committed:
        return 201
    if any(problem.code == "E-STALE" for problem in receipt.problems):
        return 409
    return 422 if receipt.refused else 200


def told(receipt: Receipt) -> dict[str, Any]:
    """The receipt as every door gives it, and what only a program needs: form, base, what it repeats."""
    more = {
        "form": receipt.form,
        "committed": receipt.committed,
        "refused": receipt.refused,
        "base": receipt.base or None,
        "restated": receipt.restated,
        "adjustments": receipt.adjustment_count,
        "duplicate_of": None,
    }
    if receipt.duplicate_of:
        submission, who, when = receipt.duplicate_of
        more["duplicate_of"] = {"submission": submission, "by": who, "at": when.isoformat()}
    return more | summary(receipt)


def _kept(row: SubmissionRow) -> dict[str, Any]:
    names = ("form", "file_name", "sha256", "size", "encoding", "rows", "new", "changed", "same", "warned")
    more = {"rejected": row.rejected, "reason": row.reason, "comment": row.comment, "door": str(row.door)}
    more |= {"submission": row.id, "received_at": row.received_at.isoformat(), "by": row.uploader}
    return more | {name: getattr(row, name) for name in names}


def _form(form: Form) -> dict[str, Any]:
    t: Words = words("en")
    columns = [
        {
            "name": column.name,
            "zh": column.zh,
            "en": column.en,
            "kind": str(column.cell),
            "unit": column.unit_en.strip(" ()") or None,
            "required": column.required,
            "values": {str(code): t.label(code) for code in column.choices or ()},
        }
        for column in form.columns
        if not column.shown_only
    ]
    return {"form": form.name, "version": form.version, "zh": form.zh, "en": form.en, "columns": columns}


def description() -> dict[str, Any]:
    """The OpenAPI description as data."""
    return json.loads(_DESCRIPTION)
