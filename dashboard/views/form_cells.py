"""What the rows of a file speak of, as a preview shows it: their project, their columns, stored values."""

from collectors.forms import Cell, Form
from dashboard.parts import Safe, joined, wrapped
from models.plan_words import field_label, written
from models.words import Words


def project_cell(code: str, name: str) -> Safe:
    """A project by the code that the file gives it, and its name."""
    return joined([code, wrapped("span", name, "pd-m")])


def column_name(form: Form, field: str, t: Words) -> str:
    """The form's column of a stored figure, or the plan's name for it."""
    column = form.by_stored.get(field)
    return t.pick(column.zh, column.en) if column else field_label(field, t)


def stored_text(form: Form, field: str, value: str | int | None, t: Words) -> str:
    """A stored value as its readers write it, by the form's kind of cell."""
    column = form.by_stored.get(field)
    if value is None:
        return t("not reported")
    if column is None:
        return written(field, str(value), t, "CNY")
    if column.cell == Cell.MONEY:
        return t.amount(int(value))
    if column.cell == Cell.PERCENT:
        return t.percent(int(value), 2)
    if column.cell == Cell.CHOICE:
        return t.label(value)
    return str(value)
