"""Templates of the forms: an empty CSV, or a workbook with drop-downs, pre-filled with what is stored.

A pre-filled workbook that comes back untouched changes nothing. Money is written in 万元 and percentages in
percent, as the headers say; codes are written as text, so that no digit is lost.
"""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa
import xlsxwriter
from sqlmodel import Session

from collectors.export import csv_bytes
from collectors.forms import Cell, Column, Form
from models import money
from models.access import Scope, within
from models.plans import Plan, PlanPoint
from models.projects import Project, ProjectDetail
from models.reports import Report
from models.versions import time_rank
from models.words import Words, mark

#: Rows below the header that get drop-downs and formats.
_FORMATTED = 1_000

_LIST_HINT = mark("Choose one of the list, or leave the cell empty.")


def header(form: Form, words: Words) -> list[str]:
    """The header row: labels with units; an asterisk marks what must be filled in."""
    return [
        words.pick(c.zh + c.unit_zh, c.en + c.unit_en) + ("*" if c.required else "") for c in form.columns
    ]


def template_csv(form: Form, words: Words, rows: pl.DataFrame | None = None) -> bytes:
    """The form as CSV for Excel (UTF-8 with mark)."""
    return csv_bytes(header(form, words), _lines(form, words, rows))


def template_xlsx(form: Form, words: Words, rows: pl.DataFrame | None = None) -> bytes:
    """The form as a workbook: frozen header, drop-downs, codes as text; pre-filled with ``rows``.

    ``rows`` as ``current_rows`` gives them.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(words.pick(form.zh, form.en)[:31])
    bold = book.add_format(
        {"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True, "valign": "top"}
    )
    formats = {cell: book.add_format({"num_format": _number_format(cell)}) for cell in Cell}
    for index, (column, text) in enumerate(zip(form.columns, header(form, words), strict=True)):
        sheet.write_string(0, index, text, bold)
        sheet.set_column(index, index, 40 if column.max_length > 500 else 16, formats[column.cell])
        _drop_down(sheet, index, column, words)
    for number, line in enumerate(_lines(form, words, rows), 1):
        for index, value in enumerate(line):
            _write(sheet, (number, index), value, formats[form.columns[index].cell])
    sheet.freeze_panes(1, 2)
    book.close()
    return out.getvalue()


def _number_format(cell: Cell) -> str:
    return {Cell.MONEY: "General", Cell.PERCENT: "General", Cell.DATE: "yyyy-mm-dd"}.get(cell, "@")


def _drop_down(sheet: Any, index: int, column: Column, words: Words) -> None:
    choices = [words.label(code) for code in column.choices or ()]
    choices = [_yes(True, words), _yes(False, words)] if column.cell == Cell.FLAG else choices
    if choices and len(",".join(choices)) <= 255:
        rule = {"validate": "list", "source": choices, "error_message": words(_LIST_HINT)}
        sheet.data_validation(1, index, _FORMATTED, index, rule)


def _write(sheet: Any, at: tuple[int, int], value: object, style: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(*at, value, style)
    elif isinstance(value, Decimal) and len(value.as_tuple().digits) <= 15:
        sheet.write_number(*at, float(value), style)
    else:
        sheet.write_string(*at, str(value), style)


def _yes(flag: bool, words: Words) -> str:
    return words.pick("是", "yes") if flag else words.pick("否", "no")


def _lines(form: Form, words: Words, rows: pl.DataFrame | None) -> list[list[object]]:
    if rows is None:
        return []
    lines = []
    for row in rows.iter_rows(named=True):
        lines.append([_shown(c, row.get(c.stored_as), words) for c in form.columns])
    return lines


def _shown(column: Column, value: Any, words: Words) -> object:
    """A stored value as the form writes it."""
    if value is None:
        return None
    match column.cell:
        case Cell.MONEY:
            return money.to_wan(value)
        case Cell.PERCENT:
            return Decimal(value) / 100
        case Cell.CHOICE:
            return words.label(value)
        case Cell.FLAG:
            return _yes(value, words)
        case Cell.MONTH:
            return f"{value:%Y-%m}"
    return value


def current_rows(session: Session, scope: Scope, form: Form) -> pl.DataFrame | None:
    """What is stored for the scope's projects, to pre-fill the form; None where the form starts empty."""
    match form.name:
        case "dispatch":
            return _read(session, _last_reports(scope))
        case "projects":
            return _read(session, _register(scope))
        case "plan":
            return _read(session, _curves(scope))
    return None


def _read(session: Session, statement: sa.Select) -> pl.DataFrame:
    names = [column.name for column in statement.selected_columns]
    rows = [tuple(row) for row in session.connection().execute(statement)]
    return pl.DataFrame(
        {name: [_plain(row[i]) for row in rows] for i, name in enumerate(names)}, strict=False
    )


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def _last_reports(scope: Scope) -> sa.Select:
    """Every project with its newest current report, if it has one."""
    p, r = Project.__table__, Report.__table__
    newer = r.alias("newer")
    later = sa.exists().where(
        newer.c.city == r.c.city,
        newer.c.project == r.c.project,
        newer.c.superseded_at.is_(None),
        newer.c.as_of > r.c.as_of,
    )
    mine = sa.and_(r.c.city == p.c.city, r.c.project == p.c.code, r.c.superseded_at.is_(None), ~later)
    figures = [
        c
        for c in r.columns
        if c.name not in ("city", "project", "submission", "row_no", "recorded_at", "superseded_at")
    ]
    statement = sa.select(p.c.code, *figures).select_from(p.outerjoin(r, mine)).order_by(p.c.city, p.c.code)
    return within(statement, scope, p.c.city)


def _newest_plan(plan: sa.Table) -> sa.ColumnElement[bool]:
    newer = plan.alias("newer_plan")
    rank, own = (time_rank(newer), newer.c.version), (time_rank(plan), plan.c.version)
    later = sa.or_(rank[0] > own[0], sa.and_(rank[0] == own[0], rank[1] > own[1]))
    return ~sa.exists().where(newer.c.city == plan.c.city, newer.c.project == plan.c.project, later)


def _register(scope: Scope) -> sa.Select:
    p, d, plan = Project.__table__, ProjectDetail.__table__, Plan.__table__
    described = sa.and_(d.c.city == p.c.city, d.c.project == p.c.code, d.c.superseded_at.is_(None))
    planned = sa.and_(plan.c.city == p.c.city, plan.c.project == p.c.code, _newest_plan(plan))
    details = [
        c
        for c in d.columns
        if c.name not in ("city", "project", "submission", "row_no", "recorded_at", "superseded_at")
    ]
    figures = [
        plan.c[n]
        for n in (
            "name",
            "planned_start",
            "planned_end",
            "total_investment",
            "reward",
            "approved_on",
            "document_no",
        )
    ]
    statement = sa.select(p.c.code, p.c.city, p.c.kind, *details, *figures)
    statement = statement.select_from(p.join(d, described).join(plan, planned)).order_by(p.c.city, p.c.code)
    return within(statement, scope, p.c.city)


def _curves(scope: Scope) -> sa.Select:
    plan, t = Plan.__table__, PlanPoint.__table__
    mine = sa.and_(plan.c.city == t.c.city, plan.c.project == t.c.project, plan.c.version == t.c.version)
    statement = sa.select(t.c.project.label("code"), t.c.month, t.c.planned_bp, t.c.planned_spending)
    statement = (
        statement.select_from(t.join(plan, mine))
        .where(_newest_plan(plan))
        .order_by(t.c.city, t.c.project, t.c.month)
    )
    return within(statement, scope, t.c.city)
