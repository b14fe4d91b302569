"""What new reports move: each project's figures beside those of its last report, before anything is stored."""

import polars as pl
import streamlit as st

from collectors.forms import FORMS
from collectors.intake import Receipt
from collectors.since import MOVING, TOLD, since_last
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.views.form_cells import column_name, project_cell, stored_text
from dashboard.visit import Visit
from models.queries.city import project_names
from models.words import Words

#: Reports that are listed; the counts and sums cover all.
MOST = 200

_FORM = FORMS["dispatch"]


def draw(visit: Visit, seen: Receipt) -> None:
    """One row a report: each figure, how far it has moved, and what it was; the sums of the money above."""
    t = visit.words
    beside = since_last(visit.db, seen.effect)
    told = [name for name in TOLD if beside[name].count()]
    if not told:
        return
    moved = beside.filter(pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_before")) for n in told))
    label = t(
        "Since the last report: figures move in {n} of {all} new reports", n=moved.height, all=beside.height
    )
    with st.expander(label, expanded=True):
        for said in filter(None, (_sums(beside, t), _left_out(beside, told, t))):
            st.caption(said)
        if beside.height > MOST:
            st.caption(t("The first {n} are listed.", n=MOST))
        parts.show(_table(visit, beside.head(MOST), told))


def _sums(beside: pl.DataFrame, t: Words) -> str:
    """How far the money moves in all, over the reports that give an amount now and gave one before."""
    moves = beside.select(
        (pl.col(n) - pl.col(f"{n}_before")).sum().alias(n) for n in MOVING if n != "physical_bp"
    )
    told = [
        f"{column_name(_FORM, name, t)} {_difference(name, moved, t)}"
        for name, moved in moves.row(0, named=True).items()
        if moved
    ]
    return t("In all: {moves}", moves=t.pick("，", ", ").join(told)) if told else ""


def _left_out(beside: pl.DataFrame, told: list[str], t: Words) -> str:
    """The figures that were reported last time and are missing in every row now."""
    gone = [name for name in TOLD if name not in told and beside[f"{name}_before"].count()]
    if not gone:
        return ""
    names = t.pick("、", ", ").join(column_name(_FORM, n, t) for n in gone)
    return t("Reported last time and not in this file: {figures}", figures=names)


def _table(visit: Visit, beside: pl.DataFrame, told: list[str]) -> Safe:
    t = visit.words
    names = project_names(visit.db, visit.scope, beside["project"].unique().to_list())
    heads = [(t("Row"), "pd-n"), (t("Project"), "pd-w"), (t("Last report"), "pd-s")]
    heads += [(column_name(_FORM, n, t), "pd-s" if n == "stage" else "pd-n") for n in told]
    rows = [
        (
            row["row_no"],
            project_cell(row["project"], names.get(row["project"], "")),
            t.day(row["before"]),
            *(_figure(n, row[f"{n}_before"], row[n], t) for n in told),
        )
        for row in beside.iter_rows(named=True)
    ]
    return parts.table(heads, rows)


def _figure(name: str, old: int | str | None, new: int | str | None, t: Words) -> Safe:
    """The new figure, and below it the difference and the old one; muted where nothing moves."""
    if old is None and new is None:
        return parts.cell(None)
    said = stored_text(_FORM, name, new, t)
    if old == new:
        return wrapped("span", f"＝ {said}", "pd-m")
    was = t("was {figure}", figure=stored_text(_FORM, name, old, t))
    if name in MOVING and old is not None and new is not None:
        was = joined([_difference(name, new - old, t), was], t.pick("，", ", "))
    return joined([wrapped("b", said), wrapped("span", was, "pd-m")], Safe("<br>"))


def _difference(name: str, moved: int, t: Words) -> str:
    said = t.points(moved / 100) if name == "physical_bp" else t.amount(moved)
    return f"+{said}" if moved > 0 else said
