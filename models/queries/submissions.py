"""What was handed in: the history of submissions, their problems, and the original bytes.

A submission belongs to one city, or to the nation where it spans several. Somebody whose scope does not
cover that place sees it only as its uploader.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.access import Scope
from models.db import Database
from models.reports import Report, Submission, SubmissionFile, SubmissionProblem
from models.vocabulary import Door, Level


@dataclass(frozen=True)
class SubmissionRow:
    """A receipt as kept."""

    city: str
    id: str
    form: str
    file_name: str
    encoding: str
    size: int
    uploader: str
    received_at: datetime
    rows: int
    new: int
    changed: int
    same: int
    warned: int
    rejected: int
    form_version: str
    sha256: str
    door: Door
    parcel: str | None
    sheet: str | None
    reason: str | None
    comment: str | None
    about: str | None
    source: str | None
    rules: str
    policy: int | None


@dataclass(frozen=True)
class ProblemRow:
    """A kept problem: an accepted warning or a row set aside."""

    code: str
    level: Level
    row_no: int | None
    column_name: str | None
    found: str | None
    values: str


@dataclass(frozen=True)
class Discipline:
    """How a city reports: the newest as-of day, when it came, how many submissions there are."""

    submissions: int
    last_received_at: datetime | None
    newest_as_of: date | None
    corrected: int  # figures that a later one superseded


def history(
    db: Database, scope: Scope, *, city: str | None = None, form: str | None = None, limit: int = 50
) -> list[SubmissionRow]:
    """Submissions within a scope, newest first."""
    statement = _visible(select(Submission), scope)
    if city is not None:
        statement = statement.where(Submission.city == city)
    if form is not None:
        statement = statement.where(Submission.form == form)
    statement = statement.order_by(col(Submission.received_at).desc(), col(Submission.id)).limit(limit)
    with Session(db.ro) as session:
        return [_row(found) for found in session.exec(statement)]


def one(db: Database, scope: Scope, city: str, submission: str) -> SubmissionRow | None:
    """One submission; None when it does not exist or is out of scope."""
    statement = _visible(select(Submission), scope).where(
        Submission.city == city, Submission.id == submission
    )
    with Session(db.ro) as session:
        found = session.exec(statement).first()
        return None if found is None else _row(found)


def problems(db: Database, scope: Scope, city: str, submission: str) -> list[ProblemRow]:
    """The kept problems of a submission, in the order they were found."""
    statement = (
        _visible(
            select(SubmissionProblem).join(
                Submission,
                (col(Submission.city) == SubmissionProblem.city)
                & (col(Submission.id) == SubmissionProblem.submission),
            ),
            scope,
        )
        .where(SubmissionProblem.city == city, SubmissionProblem.submission == submission)
        .order_by(SubmissionProblem.seq)
    )
    with Session(db.ro) as session:
        return [
            ProblemRow(p.code, p.level, p.row_no, p.column_name, p.found, p.values)
            for p in session.exec(statement)
        ]


def original(db: Database, scope: Scope, city: str, submission: str) -> bytes | None:
    """The bytes as they came; None when there are none or they are out of scope.

    Of a workbook with several forms the first submission holds the bytes for all.
    """
    row = one(db, scope, city, submission)
    if row is None:
        return None
    holders = select(Submission.id).where(Submission.parcel == row.parcel) if row.parcel else [submission]
    statement = select(SubmissionFile.content).where(col(SubmissionFile.submission).in_(holders))
    with Session(db.ro) as session:
        return next((content for content in session.exec(statement) if content), None)


def withdrawals(db: Database, scope: Scope, ids: list[str]) -> dict[str, str]:
    """Submission → the withdrawal that took it back and stands, for those of ``ids``."""
    again = aliased(Submission)
    restored = sa.exists().where(again.about == Submission.id)
    statement = _visible(select(Submission.about, Submission.id), scope).where(
        col(Submission.about).in_(ids), Submission.door == Door.WITHDRAWAL, ~restored
    )
    with Session(db.ro) as session:
        return {about: made for about, made in session.exec(statement)}


def since(db: Database, scope: Scope, at: datetime) -> tuple[int, datetime | None]:
    """How many files came within a scope after an instant, and when the newest did."""
    statement = _visible(select(sa.func.count(), sa.func.max(Submission.received_at)), scope)
    with db.ro.connect() as connection:
        count, newest = connection.execute(statement.where(Submission.received_at > at)).one()
        return count, newest


def discipline(db: Database, scope: Scope, city: str) -> Discipline | None:
    """How a city reports; None when it is out of scope."""
    if not scope.covers(city):
        return None
    with Session(db.ro) as session:
        count, last = session.exec(
            select(sa.func.count(), sa.func.max(Submission.received_at)).where(Submission.city == city)
        ).one()
        newest, corrected = session.exec(
            select(sa.func.max(Report.as_of), sa.func.count(Report.superseded_at)).where(Report.city == city)
        ).one()
    return Discipline(count, last, newest, corrected)


def _visible(statement: Any, scope: Scope) -> Any:
    """Submissions of the scope's cities, and the person's own."""
    if scope.cities is None:
        return statement
    inside = col(Submission.city).in_(sorted(scope.cities))
    return statement.where(sa.or_(inside, Submission.uploader == scope.email))


def _row(found: Submission) -> SubmissionRow:
    return SubmissionRow(**{name: getattr(found, name) for name in SubmissionRow.__dataclass_fields__})
