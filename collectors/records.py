"""Rows of the record forms against what is stored: whose they are, and what they would change.

One way for all nine forms (``collectors/forms/records.py``): the form's key names a record, a row that differs
from the current one supersedes it, a column that the file lacks keeps its value. What single forms must fulfil
beyond that is in ``collectors/record_checks.py``.
"""

from collections.abc import Callable

import polars as pl

from collectors import locate
from collectors.compare import CHANGES, STATUS, Outcome, differs, shaped
from collectors.forms import Cell, Form
from collectors.problems import Finding
from collectors.stored import Stored, schema
from collectors.terms import Terms
from collectors.written import SAID, kept_as_history, older, said_again, said_older
from models.access import Scope
from models.records import KEY_SEPARATOR
from models.vocabulary import Role

KEY = ["city", "record_key"]
_CARRIED = [
    *KEY,
    "submission",
    "row_no",
    "recorded_at",
    "superseded_at",
    "superseded_by",
    *SAID,
    "origin",
]


def located(
    form: Form, rows: pl.DataFrame, stored: Stored, scope: Scope
) -> tuple[pl.DataFrame, list[Finding]]:
    """Rows with their ``city``, ``project`` where the form names one, and ``record_key``."""
    frame, findings = _placed(form, rows, stored, scope)
    frame = frame.with_columns(record_key=_record_key(form, frame))
    return frame, [*findings, *_doubled(frame)]


def _placed(
    form: Form, rows: pl.DataFrame, stored: Stored, scope: Scope
) -> tuple[pl.DataFrame, list[Finding]]:
    if "code" not in form.by_name:
        return locate.by_city(rows, stored, scope, default=_own_place(form, scope))
    if form.by_name["code"].required:
        return locate.reported(rows, stored, scope)
    if "code" not in rows.columns:
        return locate.by_city(rows.with_columns(project=pl.lit(None, pl.String)), stored, scope)
    named, found = locate.reported(rows.filter(pl.col("code").is_not_null()), stored, scope)
    unnamed = rows.filter(pl.col("code").is_null()).rename({"code": "project"})
    placed, missing = locate.by_city(unnamed, stored, scope)
    return pl.concat([named, placed], how="diagonal").sort("row_no"), [*found, *missing]


def _own_place(form: Form, scope: Scope) -> str | None:
    """A province that recommends means itself."""
    of_province = form.by_name["city"].cell == Cell.PROVINCE and scope.role == Role.PROVINCE
    return scope.place if of_province else None


def _record_key(form: Form, frame: pl.DataFrame) -> pl.Expr:
    """The form's key as one text; the city stands beside it in every table."""
    names = ("project" if name == "code" else name for name in form.key if name != "city")
    parts = [
        pl.col(name).cast(pl.String).fill_null("") if name in frame.columns else pl.lit("") for name in names
    ]
    return pl.concat_str(parts, separator=KEY_SEPARATOR)


def shown_key(key: str | pl.Expr) -> pl.Expr:
    """A record's key for people."""
    text = pl.col(key) if isinstance(key, str) else key
    return text.str.replace_all(f"{KEY_SEPARATOR}+", " · ").str.strip_chars(" ·")


def _doubled(frame: pl.DataFrame) -> list[Finding]:
    """The same record twice in one file: both rows are named."""
    doubled = frame.filter(pl.struct(KEY).is_duplicated())
    if doubled.is_empty():
        return []
    first, last = (pl.col("row_no").first().over(KEY), pl.col("row_no").last().over(KEY))
    again = pl.when(pl.col("row_no") == last).then(first).otherwise(last)
    return [Finding("E-B103", None, doubled.select("row_no", found=shown_key("record_key"), again=again))]


def comparing(form: Form) -> Callable[[pl.DataFrame, Stored, Terms], Outcome]:
    """The comparison of a form's rows (row_no, city, record_key, its figures) with the current records."""

    def compare(frame: pl.DataFrame, stored: Stored, terms: Terms) -> Outcome:
        if frame.is_empty():
            return Outcome(pl.DataFrame(schema=STATUS))
        return _compared(form, frame, stored.records(form.table), terms)

    return compare


def _compared(form: Form, frame: pl.DataFrame, current: pl.DataFrame, terms: Terms) -> Outcome:
    figures = [name for name in schema(form.table) if name not in _CARRIED]
    names = [name for name in figures if name in frame.columns]
    joined = _with_status(frame, current, names)
    late = older(joined)
    past = joined.filter(late)
    touched = joined.filter(~late, pl.col("status") != "same")
    changed = touched.filter(pl.col("status") == "changed")
    kept = {name: pl.col(f"{name}_old") for name in figures if name not in names}
    history = kept_as_history(past.with_columns(**kept), terms.now)
    rows = pl.concat([shaped(part, form.table) for part in (touched.with_columns(**kept), history)])
    return Outcome(
        joined.select("row_no", status=pl.when(late).then(pl.lit("same")).otherwise("status")),
        ((form.table, rows),),
        ((form.table, changed.select(KEY)),),
        _changes(changed, names),
        findings=said_older(past),
        restated=_restated(form, changed),
        again=((form.table, said_again(joined, KEY)),),
    )


def _restated(form: Form, changed: pl.DataFrame) -> pl.DataFrame:
    """Changed rows of a dated form: a figure of a past day, said otherwise."""
    if not form.restates:
        return Outcome(pl.DataFrame(schema=STATUS)).restated
    day = "as_of" if "as_of" in form.by_name else "happened_on"
    return changed.select("row_no", "city", on=pl.col(day))


def _with_status(frame: pl.DataFrame, current: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Rows with the stored record (``_old``) and their status: new, changed or same."""
    old = current.rename({n: f"{n}_old" for n in current.columns if n not in KEY})
    joined = frame.join(old.with_columns(known=pl.lit(True)), on=KEY, how="left", maintain_order="left")
    changed = pl.when(differs(names)).then(pl.lit("changed")).otherwise(pl.lit("same"))
    return joined.with_columns(status=pl.when("known").then(changed).otherwise(pl.lit("new")))


def _changes(changed: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Changed cells as stored text, one row a cell; a record without project is named by its key."""
    if changed.is_empty():
        return pl.DataFrame(schema=CHANGES)
    key = shown_key("record_key")
    named = pl.coalesce("project", key) if "project" in changed.columns else key
    parts = [
        changed.filter(pl.col(n).ne_missing(pl.col(f"{n}_old"))).select(
            "row_no",
            "city",
            project=named,
            field=pl.lit(n),
            old=pl.col(f"{n}_old").cast(pl.String),
            new=pl.col(n).cast(pl.String),
        )
        for n in names
    ]
    return pl.concat(parts).sort("row_no", maintain_order=True)
