"""The web process's door: the Streamlit app, and beside it sign-in, sign-out, /healthz and /api/v1.

Started through ``manage.py web`` only. Builds the ASGI application from settings and a database; holds no
state of its own.
"""

import gc
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from streamlit.web.server.starlette import starlette_server

from collectors import sandbox
from dashboard import news, password, provider, sign_in
from dashboard.ahead import Ahead
from dashboard.api import Api
from dashboard.guard import SESSION_HEADER, Guard
from dashboard.health import health
from dashboard.media import Files
from dashboard.provider import Provider
from models import clock
from models.db import Database
from models.signin import find_session
from settings import Settings

_HERE = Path(__file__).parent
log = logging.getLogger(__name__)


def build(settings: Settings, db: Database) -> st.App:
    """The ASGI application: every route and socket but the public few stands behind ``Guard``."""
    rules = sign_in.rules_of(settings)
    providers, files = provider.declared(), Files(db)

    def find(secret: str) -> str | None:
        return find_session(db, secret, now=clock.now(), rules=rules)

    return st.App(
        _HERE / "main.py",
        routes=doors(settings, db, providers),
        middleware=[
            Middleware(
                Guard,
                find=find,
                passes=files.passes,
                ahead=Ahead(settings).piece,
                public=provider.ROUTES if providers else (),
            )
        ],
        lifespan=partial(_warm, files),
    )


def doors(settings: Settings, db: Database, providers: tuple[Provider, ...] = ()) -> list[Route]:
    """Every route of ours beside the pages; a test tries all of them as everybody and as nobody."""

    def healthz(_request: Request) -> JSONResponse:
        answer = health(db, now=clock.now())
        return JSONResponse(answer, status_code=200 if answer["status"] == "ok" else 503)

    return [
        Route("/healthz", healthz),
        *sign_in.routes(settings, db, providers),
        *password.routes(settings, db),
        *news.routes(settings, db),
        *Api(db, settings).routes(),
    ]


def run(settings: Settings, db: Database) -> None:
    """Serve until stopped."""
    send_at_once()
    build(settings, db).run(
        config={
            "server.address": settings.host,
            "server.port": settings.port,
            "server.maxUploadSize": settings.upload_max_mb,
            "server.trustedUserHeaders": f'{{"{SESSION_HEADER}": "session"}}',
        }
    )


def send_at_once() -> None:
    """Let no small message wait for the acknowledgement of the one before it.

    The pinned Streamlit binds its socket without naming TCP, so asyncio leaves Nagle's algorithm on, and every
    answer after its first message waited 40 ms for the reader's delayed acknowledgement. Connections inherit the
    option from the socket that listens (a test accepts one).
    """
    bind = starlette_server._bind_socket
    if getattr(bind, "at_once", False):
        return

    def bound(address: str, port: int, backlog: int) -> socket.socket:
        listening = bind(address, port, backlog)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening

    bound.at_once = True
    starlette_server._bind_socket = bound


@asynccontextmanager
async def _warm(files: Files, _app: st.App) -> AsyncIterator[None]:
    """Import what every page needs before the first visitor does, then keep it out of garbage collection."""
    from dashboard import main  # noqa: F401
    from dashboard.views import overview  # noqa: F401

    files.attach()
    await to_thread.run_sync(sandbox.warm)
    gc.freeze()
    yield
