"""A submission's whole history as one zip: the file as it came, the receipt, problems, figures, what they replaced.

Made from what is stored, so that it is the same whenever it is asked for. Refuses a submission out of scope.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import SQLModel

from collectors.annotated import annotated, problem_list
from collectors.export import csv_bytes
from collectors.receipt import clean_name
from collectors.withdraw import KEYS
from models.access import Scope
from models.db import Database, fetch
from models.queries import submissions
from models.queries.submissions import ProblemRow, SubmissionRow
from models.vocabulary import Level
from models.words import Words

#: One instant for every member, so that the same submission gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def receipt_zip(db: Database, scope: Scope, city: str, submission: str, t: Words) -> bytes | None:
    """The zip's bytes; None where there is no such submission in scope."""
    row = submissions.one(db, scope, city, submission)
    if row is None:
        return None
    problems = submissions.problems(db, scope, city, submission)
    original = submissions.original(db, scope, city, submission)
    members = {"receipt.json": _receipt(row), "problems.csv": problem_list(_marks(problems), t)}
    if original:
        members[f"original/{clean_name(row.file_name)}"] = original
    if original and any(p.row_no is not None and p.level != Level.NOTE for p in problems):
        marked = annotated(original, {row.sheet or "": _marks(problems)}, t, encoding=row.encoding)
        members["marked.xlsx"] = marked
    members |= dict(_rows(db, submission))
    return _zipped(members)


def _receipt(row: SubmissionRow) -> bytes:
    told: dict[str, Any] = {name: getattr(row, name) for name in SubmissionRow.__dataclass_fields__}
    return json.dumps(told, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _marks(problems: list[ProblemRow]) -> pl.DataFrame:
    names = ("code", "level", "row_no", "column_name", "found", "values")
    rows = [tuple(getattr(p, n) if n == "row_no" else _text(getattr(p, n)) for n in names) for p in problems]
    schema = dict.fromkeys(names, pl.String) | {"row_no": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _rows(db: Database, submission: str) -> Iterator[tuple[str, bytes]]:
    """The figures it brought, and those it replaced, one CSV a table that has any."""
    for table in KEYS:
        t = table.__table__
        for folder, which in (("figures", t.c.submission), ("replaced", t.c.superseded_by)):
            frame = fetch(db, _statement(table, which == submission))
            if frame.height:
                yield f"{folder}/{t.name}.csv", csv_bytes(frame.columns, frame.iter_rows())


def _statement(table: type[SQLModel], which: sa.ColumnElement[bool]) -> sa.Select:
    t = table.__table__
    columns = [sa.type_coerce(c, sa.String).label(c.name) if isinstance(c.type, sa.Enum) else c for c in t.c]
    return sa.select(*columns).where(which).order_by(*t.primary_key.columns)


def _zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
