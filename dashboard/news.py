"""Is there anything newer than what a page shows? The edition of a reader's figures, and ``/news``, which a page asks.

An edition is a short text that changes when figures within the reader's scope do: the sums of the newest judged day,
what was handed in, what happened to alerts and orders. It says nothing about other cities. Asking is no visit: a page
that asks by itself keeps no session alive.
"""

import hashlib

import polars as pl
import streamlit as st
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerts.day import Day, open_day
from dashboard.guard import cookie_of
from dashboard.sign_in import rules_of
from dashboard.visit import Visit
from models import clock, signin
from models.access import Action, Scope, scope_of
from models.clock import local_day
from models.db import Database
from models.kept import Kept
from models.queries import day_state
from models.queries import news as queries
from settings import Settings

PATH = "/news"

#: The sums of a day as somebody with these cities sees them; the key names the day's edition.
_SUMS = Kept(256, seconds=3600)

#: A page for a chosen day, or as known at an instant, stands still.
_STILL = ("on", "known_at")


def watched(visit: Visit) -> str | None:
    """The edition of what a page is about to show; None where it asks for no news."""
    still = any(name in st.query_params for name in _STILL)
    if still or not visit.settings.news_seconds or not visit.may(Action.SEE):
        return None
    return edition(visit.db, visit.scope, open_day(visit.db, None, None, today=visit.today))


def edition(db: Database, scope: Scope, day: Day) -> str:
    """Sixteen hexadecimal digits. ``day``: the newest judged one."""
    sums = _SUMS.get((db, scope.cities, day.on, day.edition), lambda: _digest(db, scope, day))
    return hashlib.sha256(repr((sums, queries.newest(db, scope))).encode()).hexdigest()[:16]


def _digest(db: Database, scope: Scope, day: Day) -> str:
    """Sums in another order of adding differ in their last bits, so they are rounded: to 0.01 of their unit."""
    found = day_state.sums(db, scope, day.on, {}).sort(day_state.SUM_KEYS)
    rounded = found.with_columns(pl.col(pl.Float64).round(2))
    return hashlib.sha256(f"{day.on}\n{rounded.write_csv()}".encode()).hexdigest()


def routes(settings: Settings, db: Database) -> list[Route]:
    """GET /news: the edition as text and ETag; 304 to whoever has it, 401 to whoever is not signed in."""
    rules = rules_of(settings)

    def answer(request: Request) -> Response:
        now, secret = clock.now(), cookie_of(request.scope["headers"])
        person = secret and signin.glance(db, signin.session_id_of(secret), now=now, rules=rules)
        if not person:
            return Response(status_code=401, headers={"cache-control": "no-store"})
        with Session(db.ro) as session:
            scope = scope_of(session, person)
        newest = edition(db, scope, open_day(db, None, None, today=local_day(now)))
        headers = {"cache-control": "no-store", "etag": f'"{newest}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(newest, media_type="text/plain", headers=headers)

    return [Route(PATH, answer, methods=["GET"])]
