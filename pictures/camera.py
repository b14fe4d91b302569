"""Takes the pictures in a real Chromium and makes them small."""

import io

from PIL import Image
from playwright.sync_api import Browser, Page

from pictures.shots import Look, Shot

_SECONDS = 90

#: True once Streamlit has run, nothing drawn before is left, and fonts and charts are there.
_SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return document.readyState === 'complete';
  return app.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid="stSkeleton"],[data-stale="true"]')
    && !!document.querySelector('h1')
    && document.fonts.status === 'loaded'
    && [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')].every(one => one.querySelector('svg,canvas'));
}"""


class Camera:
    """Takes pictures of the pages at an address; each desk signs in once for each look."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self._desks: dict[tuple[str | None, Look], Page] = {}

    def take(self, shot: Shot, look: Look) -> bytes:
        """The picture as WebP."""
        page = self._desk(shot.who, look)
        page.goto(self.address + shot.path)
        _settle(page)
        if shot.first is not None:
            shot.first(page)
            _settle(page)
        return _small(page.screenshot(animations="disabled", caret="hide"))

    def _desk(self, who: str | None, look: Look) -> Page:
        if (who, look) in self._desks:
            return self._desks[who, look]
        context = self.browser.new_context(**look.context, reduced_motion="reduce")
        context.set_default_timeout(_SECONDS * 1000)
        page = context.new_page()
        if who is not None:
            page.goto(self.address)
            page.get_by_text(f"{who}@demo.invalid", exact=True).click()
            page.get_by_test_id("stMainBlockContainer").wait_for()
        self._desks[who, look] = page
        return page


def _settle(page: Page) -> None:
    """Wait until two looks, a moment apart, see the same finished page."""
    seen = ""
    while True:
        page.wait_for_function(_SETTLED)
        page.wait_for_load_state("networkidle")
        now = page.evaluate("document.body.innerText + document.body.querySelectorAll('*').length")
        if now == seen:
            return
        seen = now
        page.wait_for_timeout(400)


def _small(png: bytes) -> bytes:
    """The same picture as lossless WebP: no colour is given up, and a yellow light stays yellow."""
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(out, "WEBP", lossless=True, quality=100, method=6)
    return out.getvalue()
