"""Filling a form in here: the city's rows as an editable grid, for somebody with three figures to change.

What is typed becomes a file of the form and goes the same way as any other: preview, the same checks, commit.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st
from sqlmodel import Session

from collectors.closing import open_calendar
from collectors.drafts import Kept, save
from collectors.export import csv_bytes
from collectors.forms import Cell, Column, Form
from collectors.template import current_rows, header, place_names
from collectors.template.sheets import Filling, options_of
from dashboard.views import due
from dashboard.visit import Visit
from models.access import Scope

#: Where the session keeps what was typed, once it is to be looked at.
TYPED = "reports-typed"

#: Where it keeps the number of the grid, and the rows that the grid began with.
_TURN, _BEGUN = "reports-entry-turn", "reports-entry-rows"

_NUMBERS = (Cell.MONEY, Cell.PERCENT, Cell.SCORE, Cell.COUNT, Cell.YEAR)


def draw(visit: Visit, form: Form, city: str, opening: Callable[[], None]) -> tuple[str, bytes] | None:
    """The grid, where it is asked for; name and bytes of what was typed, once it is to be previewed.

    ``opening`` is called when somebody asks to look at it.
    """
    t = visit.words
    if not st.toggle(t("Fill in here instead"), key="reports-entry"):
        return None
    grid = f"entry-{form.name}-{city}-{st.session_state.get(_TURN, 0)}"
    before = _begun(visit, form, city, grid)
    st.caption(t("Columns with a pencil can be changed. Only rows that you change or add are handed in."))
    day = _day(visit, before, city)
    edited = st.data_editor(
        before,
        num_rows="dynamic",
        hide_index=True,
        column_config={c.name: _config(visit, form, c, i) for i, c in enumerate(form.columns)},
        key=grid,
        height=380,
        placeholder="",
    )
    touched = _touched(before, edited) if day is None else _dated(_touched(before, edited), before, *day)
    content = None if touched.is_empty() else _written(visit, form, touched)
    name = f"{t.pick(form.zh, form.en)}_{visit.today}.csv"
    with st.container(horizontal=True):
        look = st.button(
            t("Look at the changes"), disabled=content is None, icon=":material/preview:", on_click=opening
        )
        keep = st.button(t("Keep as a draft"), disabled=content is None, icon=":material/bookmark:")
    if keep and content is not None:
        save(visit.db, visit.scope, Kept(form.name, name, content, touched.height), now=visit.now)
        st.toast(t("Kept as a draft."))
        st.rerun()
    if look:
        st.session_state[TYPED] = (form.name, name, content)
    typed = st.session_state.get(TYPED)
    if typed is None or typed[0] != form.name:
        return None
    if typed[2] != content:
        st.caption(t("You have changed rows since; look at the changes again."))
        return None
    return typed[1:]


def empty() -> None:
    """Forget what was typed: a new grid."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    for name in (TYPED, _BEGUN):
        st.session_state.pop(name, None)


def _begun(visit: Visit, form: Form, city: str, grid: str) -> pl.DataFrame:
    """The city's rows; those that the grid began with as long as something is typed in it.

    A grid over other rows is another one to Streamlit, and empty.
    """
    stored = _rows(visit, form, city)
    of, begun = st.session_state.get(_BEGUN, (None, stored))
    if of != grid or not any(st.session_state.get(grid, {}).values()):
        st.session_state[_BEGUN] = (grid, stored)
        return stored
    if not begun.equals(stored):
        st.warning(
            visit.words(
                "Stored rows have changed since you began to fill in; the grid shows them as they were then. "
                "Check the changes in the preview before you store them."
            )
        )
    return begun


def _day(visit: Visit, before: pl.DataFrame, city: str) -> tuple[date, date] | None:
    """The day that changed rows of earlier periods speak of, and the period's first day.

    None where all rows are of this period already, or where no new day is wanted.
    """
    if "as_of" not in before.columns or before["as_of"].min() is None:
        return None
    t, window = visit.words, open_calendar(visit.db, visit.now).window(city)
    period = due.asked(visit, window) or window.open_periods(visit.today)[0]
    day = min(period.end, visit.today)
    if before["as_of"].min() >= period.start:
        return None
    wanted = st.checkbox(
        t("Rows that I change are figures of {day}", day=t.day(day)),
        value=True,
        key=f"entry-day-{city}-{day}",
        help=t("Without the tick they correct the figures of the day that stands in the row."),
    )
    return (day, period.start) if wanted else None


def _dated(touched: pl.DataFrame, before: pl.DataFrame, day: date, start: date) -> pl.DataFrame:
    """Rows whose day was left as it stood before ``start``, or empty, get the day; those since correct themselves."""
    stood = before["as_of"].filter(before["as_of"] < start)
    left = pl.col("as_of").is_null() | pl.col("as_of").is_in(stood.implode())
    return touched.with_columns(as_of=pl.when(left).then(pl.lit(day)).otherwise("as_of"))


def _rows(visit: Visit, form: Form, city: str) -> pl.DataFrame:
    """The city's rows as the form writes them; one typed column a form column."""
    scope = Scope(visit.scope.email, visit.scope.role, city, frozenset({city}))
    with Session(visit.db.ro) as session:
        names = place_names(session, visit.words)
        lines = Filling(visit.words, current_rows(session, scope, form), names).lines(form)
    data = {c.name: [_typed(c, line[i]) for line in lines] for i, c in enumerate(form.columns)}
    return pl.DataFrame(data, schema={c.name: _dtype(c) for c in form.columns})


def _dtype(column: Column) -> Any:
    return pl.Float64 if column.cell in _NUMBERS else pl.Date if column.cell == Cell.DATE else pl.String


def _typed(column: Column, value: object) -> object:
    if value is None or isinstance(value, date):
        return value
    return float(value) if column.cell in _NUMBERS else str(value)


def _config(visit: Visit, form: Form, column: Column, index: int) -> Any:
    label = header(form, visit.words)[index]
    fixed = column.shown_only
    if column.cell in _NUMBERS:
        top = 100.0 if column.cell in (Cell.PERCENT, Cell.SCORE) else None
        return st.column_config.NumberColumn(label, disabled=fixed, min_value=0.0, max_value=top)
    if column.cell == Cell.DATE:
        return st.column_config.DateColumn(label, disabled=fixed, format="YYYY-MM-DD")
    options = options_of(column, visit.words)
    if options:
        return st.column_config.SelectboxColumn(label, disabled=fixed, options=options)
    return st.column_config.TextColumn(label, disabled=fixed, max_chars=column.max_length)


def _touched(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Rows that differ from every stored one; rows without any text are none."""
    after = after.cast(before.schema, strict=False)
    filled = after.filter(pl.any_horizontal(pl.all().is_not_null()))
    return filled.join(before, on=before.columns, how="anti", nulls_equal=True, maintain_order="left")


def _written(visit: Visit, form: Form, rows: pl.DataFrame) -> bytes:
    """The rows as a CSV of the form; numbers with the digits that were typed."""
    lines = [[_plain(value) for value in row] for row in rows.iter_rows()]
    return csv_bytes(header(form, visit.words), lines)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return value
