"""The machine's Chromium, for tests, benchmarks and pictures."""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tests.servers import ServerMissing


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser until it is no longer needed. Raises ServerMissing."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise ServerMissing("Chromium is missing. Install it: apt-get install -y chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
