"""The small pieces every page is made of: links, status marks, safe tables, notes, empty states.

Text that somebody else wrote reaches the screen only through ``escape`` (for Markdown: headings, labels) or
``cell`` (for HTML). ``Safe`` marks HTML that was built here from escaped pieces; nothing outside this module
makes one from a variable. Refuses: data, and anything that asks the database.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import polars as pl
import pyarrow as pa
import streamlit as st

from alerts.day import Day
from dashboard import address, charts, takeaway
from dashboard.charts import SHAPES
from dashboard.visit import Visit
from models.vocabulary import Change, Light, Severity
from models.words import Words

#: Worst first, as pages list them.
LIGHTS = tuple(Light(code) for code in SHAPES)

#: Arrows, which no light uses.
CHANGE_SHAPES = {Change.NEW: "＋", Change.WORSE: "↓", Change.BETTER: "↑", Change.SAME: "＝"}

_STYLE = """<style>
.pd-h1{font-size:1.4rem!important;margin:0!important;padding:0!important}.pd-h1 small{font-weight:400;margin-left:.6rem}
.pd-h2{font-size:1.1rem!important;margin:0 0 .2rem!important;padding:0!important}.pd-sec,.pd-scroll+.pd-h2{margin-top:1rem!important}
.pd-a{color:inherit;text-decoration:underline;text-decoration-color:color-mix(in srgb,currentColor 40%,transparent);text-underline-offset:3px}
.pd-a:hover{text-decoration-color:currentColor}
.pd-k th{width:9rem;vertical-align:top}.pd-card .pd-t{margin:.3rem 0}
.pd-scroll{overflow-x:auto}
.pd-t{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.35}
.pd-t caption{text-align:left;opacity:.75;padding:0 0 .25rem}
.pd-t th{text-align:left;font-weight:600;opacity:.75;white-space:nowrap;vertical-align:bottom}
.pd-t th,.pd-t td{padding:.3rem .75rem .3rem 0;border-bottom:1px solid color-mix(in srgb,currentColor 14%,transparent)}
.pd-t th.pd-n{white-space:normal;min-width:3.6rem}
.pd-t td{vertical-align:top}
.pd-n{text-align:right!important;font-variant-numeric:tabular-nums;white-space:nowrap}
.pd-w{min-width:11rem;overflow-wrap:anywhere}
.pd-s{white-space:nowrap}
.pd-m{opacity:.75;font-size:.8125rem}
.pd-red{color:#d1362f;color:light-dark(#d1362f,#f0625b)}.pd-yellow{color:#b07900;color:light-dark(#b07900,#e0a020)}
.pd-green{color:#00805e;color:light-dark(#00805e,#2fb98f)}.pd-stale{color:#7a6fc0;color:light-dark(#6a5fb5,#a79de8)}
.pd-missing{color:#7a848e;color:light-dark(#66717c,#9aa5b0)}
[data-testid=stCaptionContainer],[data-testid=stCaptionContainer] p{opacity:1;color:light-dark(#5b6672,#a5b0bb)}
button[kind^=primary]{color:light-dark(#fff,#0b1620)}
.pd-cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.75rem}
.pd-card{border:1px solid color-mix(in srgb,currentColor 18%,transparent);border-radius:.4rem;padding:.7rem .9rem}
.pd-card h3{margin:0 0 .3rem!important;padding:0!important;font-size:1.05rem!important}
.pd-lights{display:flex;flex-wrap:wrap;gap:.1rem .9rem;margin:.2rem 0 .5rem}
.pd-big{font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
.pd-bar{position:relative;height:.6rem;border-radius:.15rem;background:color-mix(in srgb,currentColor 12%,transparent);margin:.2rem 0 .15rem}
.pd-fill{position:absolute;inset:0 auto 0 0;border-radius:.15rem;background:#2f7fc4}
.pd-mark{position:absolute;top:-.2rem;bottom:-.2rem;width:.18rem;background:currentColor}
.pd-facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:.4rem 1.2rem;margin:0!important;padding:0!important}
@media (max-width:40rem){.pd-h1 small{display:block;margin:.2rem 0 0}.pd-facts{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}.pd-t .pd-w{min-width:8.5rem}}
.pd-facts dd{font-size:.9375rem}.pd-day{white-space:nowrap}.pd-card+.pd-card,.pd-more{margin-top:.75rem}
.pd-cards .pd-card+.pd-card{margin-top:0}.pd-more summary{cursor:pointer}
.pd-facts dt{opacity:.75;font-size:.8125rem}.pd-facts dd{margin:0!important;overflow-wrap:anywhere}
.pd-old{text-decoration:line-through;opacity:.75}
</style>"""


class Safe(str):
    """HTML whose every dynamic part went through ``cell``."""


# --- text of others ---------------------------------------------------------------------------------------

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

#: What Streamlit and GFM look for in text *after* Markdown is parsed: :icons:, www., addresses. A word
#: joiner (invisible, no width) keeps these from being recognised; a backslash would not.
_RECOGNISED = re.compile(r"(:|@|(?<![A-Za-z0-9])[wW]{3}(?=\.))(?=\S)")
JOINER = "\u2060"


def escape(text: object) -> str:
    """Somebody's text as literal Markdown: no formatting, HTML, formula, icon or link comes alive."""
    flat = " ".join(str(text).split())
    return _PUNCTUATION.sub(r"\\\1", _RECOGNISED.sub(rf"\1{JOINER}", flat))


def cell(value: object) -> Safe:
    """Anything as HTML text; ``Safe`` pieces pass as they are; None is an em dash."""
    if isinstance(value, Safe):
        return value
    return Safe("—" if value is None else html.escape(str(value)))


def joined(pieces: Iterable[object], between: str = " ") -> Safe:
    """Pieces beside each other, each escaped."""
    return Safe(cell(between).join(cell(piece) for piece in pieces))


def wrapped(tag: str, content: object, kind: str = "") -> Safe:
    """Content in an element of ours; ``kind`` is one of the classes of the style above."""
    if tag == "h2":
        takeaway.note_section(str(content))
    return Safe(f'<{tag} class="{html.escape(kind)}">{cell(content)}</{tag}>')


# --- links -------------------------------------------------------------------------------------------------


def link(page: str, visit: Visit, **params: object) -> str:
    """A link to a page that keeps language, day and programme; None drops a parameter."""
    wanted = address.carried() | params
    kept = {name: str(value) for name, value in wanted.items() if value not in (None, "")}
    path = "" if page == visit.home else page
    return f"/{path}" + (f"?{urlencode(kept)}" if kept else "")


def anchor(text: object, href: str) -> Safe:
    """An ordinary link in this tab."""
    return Safe(f'<a class="pd-a" href="{html.escape(href)}" target="_self">{cell(text)}</a>')


def project_link(visit: Visit, city: str, project: str, text: object) -> Safe:
    """A link to a project's dossier."""
    return anchor(text, link("project", visit, city=city, project=project))


def subject_link(visit: Visit, row: Mapping[str, Any], place: str) -> Safe:
    """A link to what an alert is about: its project, or the place itself (``place`` is its name)."""
    if row["project"] is None:
        return anchor(place, link("city", visit, city=row["city"]))
    return project_link(visit, row["city"], row["project"], row["name"])


# --- status -------------------------------------------------------------------------------------------------


def status(light: str | None, words: Words) -> str:
    """A light as shape and word, for plain text and grids."""
    if light is None:
        return "—"
    return f"{SHAPES[light]} {words.label(Light(light))}"


def light_html(light: str | None, words: Words, text: object = None) -> Safe:
    """A light as a coloured shape and its word (or another text) in the page's own colour."""
    if light is None:
        return cell(None)
    said = words.label(Light(light)) if text is None else text
    shape = wrapped("span", SHAPES[light], f"pd-{Light(light)}")
    return wrapped("span", joined([shape, said]), "pd-s")


def severity(value: str, words: Words) -> str:
    """An alert's severity as shape and word."""
    return status(Light.RED if value == Severity.RED else Light.YELLOW, words)


def severity_html(value: str, words: Words) -> Safe:
    """An alert's severity as a coloured shape and its word."""
    return light_html(Light.RED if value == Severity.RED else Light.YELLOW, words)


def change(value: str, words: Words) -> str:
    """A change against the last working day as shape and word."""
    return f"{CHANGE_SHAPES[Change(value)]} {words.label(Change(value))}"


# --- drawing ------------------------------------------------------------------------------------------------


def table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]], caption: str = "") -> Safe:
    """A table of escaped cells. ``heads``: label and class ("" left, "pd-n" number, "pd-w" wide)."""
    rows = [tuple(row) for row in rows]
    takeaway.note_table(caption, heads, rows)
    top = "".join(f'<th scope="col" class="{kind}">{cell(label)}</th>' for label, kind in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{kind}">{cell(value)}</td>' for value, (_, kind) in zip(row, heads, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    said = f"<caption>{cell(caption)}</caption>" if caption else ""
    return Safe(
        f'<div class="pd-scroll" tabindex="0"><table class="pd-t">{said}<thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def facts(pairs: Iterable[tuple[str, object]]) -> Safe:
    """Label and value pairs that wrap to the width there is."""
    inside = "".join(f"<div><dt>{cell(name)}</dt><dd>{cell(value)}</dd></div>" for name, value in pairs)
    return Safe(f'<dl class="pd-facts">{inside}</dl>')


def bar(share_bp: float | None, mark_bp: float | None) -> Safe:
    """A bar filled to a share, with a mark at another; purely visual, the text beside it says both."""

    def place(value: float) -> str:
        return f"{min(max(value, 0), 10_000) / 100:.1f}%"

    fill = "" if share_bp is None else f'<span class="pd-fill" style="width:{place(share_bp)}"></span>'
    mark = "" if mark_bp is None else f'<span class="pd-mark" style="left:{place(mark_bp)}"></span>'
    return Safe(f'<div class="pd-bar" aria-hidden="true">{fill}{mark}</div>')


def show(*pieces: Safe) -> None:
    """Put pieces of HTML on the page, or nothing. They must be ``Safe``: anything else is escaped."""
    body = "".join(cell(piece) for piece in pieces)
    if body:  # Streamlit refuses an empty body
        st.html(body)


def page(title: str, note: str = "") -> None:
    """Begin a page: the style sheet, the one heading, and beside it which day is shown."""
    takeaway.note_page(title, note)
    show(head(title, note))


def head(title: str, note: str) -> Safe:
    """The style sheet and the one heading."""
    return Safe(f'{_STYLE}<h1 class="pd-h1">{cell(title)} <small class="pd-m">{cell(note)}</small></h1>')


def heading(title: str) -> None:
    """A section of a page."""
    takeaway.note_section(title)
    show(Safe(f'<h2 class="pd-h2 pd-sec">{cell(title)}</h2>'))


def columns_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows of a chart as Arrow, which Streamlit sends as it is: a list of dicts would pass through pandas."""
    return pl.DataFrame(rows, infer_schema_length=None).to_arrow()


def chart(
    visit: Visit, name: str, rows: Sequence[Mapping[str, Any]] | pa.Table, alt: str, **options: Any
) -> Any:
    """Draw a chart of ``charts`` in the reader's language over pre-aggregated rows."""
    dark, language = st.context.theme.type == "dark", visit.words.language
    columns = rows if isinstance(rows, pa.Table) else columns_of(rows)
    takeaway.note_chart(alt, charts.spec(name, language), charts.ROWS, columns)
    spec = charts.spec(name, language, dark=dark) | {"datasets": {charts.ROWS: columns}}
    return st.vega_lite_chart(spec=spec, alt=alt, **options)


# --- notes --------------------------------------------------------------------------------------------------


def nothing(title: str, hint: str) -> None:
    """An empty place that says why it is empty and what to do."""
    with st.container(border=True):
        st.markdown(f"**{title}**")
        st.caption(hint)


def outside(visit: Visit) -> None:
    """The reader asked for something that is not theirs to see. No figure is shown."""
    t = visit.words
    nothing(
        t("Not in your scope"),
        t(
            "The link asks for a place or project outside of what your account may see, or one that does not "
            "exist. Ask the person who sent it, or go on from the overview."
        ),
    )
    show(anchor(t("To the overview"), link("overview", visit)))


def day_line(visit: Visit, day: Day) -> str:
    """Which day is shown, and how it is known."""
    t = visit.words
    if day.known_at is not None:
        return t("State on {on}, as known at {at}", on=t.day(day.on), at=t.instant(day.known_at))
    if day.judged_at is not None:
        return t(
            "State on {on}, judged with what was known at {at}", on=t.day(day.on), at=t.instant(day.judged_at)
        )
    return t("State on {on}, computed now; this day was not judged yet", on=t.day(day.on))
