"""Serves ``bench/bare_page.py`` as ``manage.py web`` serves ours: the same App, the same imports frozen, no wall."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from dashboard.app import send_at_once


@asynccontextmanager
async def _frozen(_app: st.App) -> AsyncIterator[None]:
    gc.freeze()
    yield


def main() -> None:
    send_at_once()
    app = st.App(Path(__file__).with_name("bare_page.py"), lifespan=_frozen)
    app.run(config={"server.address": "127.0.0.1", "server.port": int(os.environ["PORT"])})


if __name__ == "__main__":
    main()
