"""The demonstration's projects, figures and plan changes as rows of the progress forms, and rows as CSV.

A row is a mapping from a form's column names to values; a column that a row lacks stays empty.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from random import Random

from collectors.demo import words
from collectors.demo.changes import Change
from collectors.demo.figures import Figure
from collectors.demo.projects import DemoProject
from collectors.forms import DISPATCH, Form
from models.vocabulary import Kind

_KIND = {Kind.POINT: "点", Kind.LINE: "线", Kind.SURFACE: "面"}

#: Columns of the dispatch form that a file has only where a row says something in them.
_SELDOM = ("total_investment", "planned_start", "planned_end", "last_narrative", "reason")

Row = Mapping[str, object]


def project_row(project: DemoProject) -> Row:
    """A row of the projects form."""
    return {
        "code": project.code,
        "name": project.name,
        "city": project.place.name,
        "kind": _KIND[project.kind],
        "unit_name": project.unit,
        "unit_code": project.unit_code,
        "industry": project.industry,
        "total_investment": project.total,
        "reward": project.reward,
        "support_method": project.support,
        "spending_category": project.category,
        "chain": project.chain,
        "chain_owner": project.chain_owner,
        "park": project.park,
        "planned_start": project.start,
        "planned_end": project.end,
        "landmark": "是" if project.landmark else "否",
        "partners": project.partners,
        "approved_on": project.approved_on,
        "document_no": project.document_no,
    }


def dispatch_row(project: DemoProject, figure: Figure, seed: int) -> Row:
    """A row of the dispatch form, with its words."""
    rng = Random(f"{seed}:told:{project.code}:{figure.as_of}")
    said, problem, following = words.told(
        figure.situation,
        rng,
        product=project.product,
        percent=cell(figure.physical),
        gain=cell(figure.gain),
        sets=str(rng.randint(6, 48)),
    )
    return {
        "code": project.code,
        "as_of": figure.as_of,
        "physical_pct": figure.physical,
        "invested": figure.investment.to_date,
        "month_invested": figure.investment.month,
        "year_invested": figure.investment.year,
        "annual_plan": figure.annual_plan,
        "issued": figure.purse.issued,
        "transferred": figure.purse.transferred,
        "paid": figure.purse.paid,
        "spent": figure.purse.spent,
        "stage": figure.stage,
        "narrative": said,
        "problem": problem,
        "next_step": following,
    }


def change_row(project: DemoProject, change: Change) -> Row:
    """A row of the adjustments form."""
    return {
        "code": project.code,
        "adjusted_on": change.on,
        "ground": change.ground,
        "ground_note": change.note,
        "document_no": change.document_no,
        "new_name": change.name,
        "new_planned_end": change.end,
        "new_total_investment": change.total,
        "new_reward": change.reward,
    }


def csv_bytes(form: Form, rows: Sequence[Row], *, without: tuple[str, ...] = ()) -> bytes:
    """UTF-8 with BOM under the form's Chinese headers; echo and reason only where a row has them."""
    unasked = [name for name in _SELDOM if form is DISPATCH and not any(row.get(name) for row in rows)]
    columns = [column for column in form.columns if column.name not in (*unasked, *without)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(column.zh + column.unit_zh for column in columns)
    writer.writerows([cell(row.get(column.name)) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def cell(value: object) -> str:
    """A cell: amounts with at most two decimals and none for nothing, everything else as it is."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
