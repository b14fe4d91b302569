"""What was reported: submissions with their original bytes, and the dispatch figures they carried.

Rows are only ever added. A newer figure for the same project and as-of day supersedes the older one, whose
``superseded_at`` then says until when it was the current one.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import Door, Level, Stage


class Submission(SQLModel, table=True):
    """A file that was taken in: who, when, what it did. ``city`` is its only city, or NATION.

    ``sheet`` names the sheet of a workbook with several forms; they share ``parcel``, and the first of them
    holds the bytes. ``reason`` is why past figures were restated, ``comment`` what was said to the warnings.
    ``about`` is the submission that a withdrawal undoes. ``rules`` is the version of the checks, ``policy``
    of the thresholds that judged when it came.
    """

    __table_args__ = (
        sa.Index("submission_by_bytes", "city", "sha256"),
        sa.Index("submission_by_time", "received_at"),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    form: str = Field(max_length=64)  # a form's name, or a mapping's
    form_version: str = Field(max_length=16)
    file_name: str = Field(max_length=100)
    sha256: str = Field(max_length=64)
    size: int
    encoding: str = Field(max_length=16)
    uploader: str
    received_at: datetime
    rows: int
    new: int
    changed: int
    same: int
    warned: int
    rejected: int
    door: Door = Field(
        default=Door.COMMAND, sa_type=coded(Door), sa_column_kwargs={"server_default": "command"}
    )
    parcel: str | None = Field(default=None, max_length=36)
    sheet: str | None = None
    reason: str | None = None
    comment: str | None = None
    about: str | None = Field(default=None, max_length=36)
    source: str | None = Field(default=None, max_length=64)
    rules: str = Field(default="1", max_length=16, sa_column_kwargs={"server_default": "1"})
    policy: int | None = None


class SubmissionFile(SQLModel, table=True):
    """The original bytes of a submission, untouched."""

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "submission"], ["submission.city", "submission.id"]),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    submission: str = Field(primary_key=True, max_length=36)
    content: bytes


class SubmissionProblem(SQLModel, table=True):
    """A warning that was accepted, or a row that was set aside with its reason."""

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "submission"], ["submission.city", "submission.id"]),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    submission: str = Field(primary_key=True, max_length=36)
    seq: int = Field(primary_key=True)
    code: str = Field(max_length=16)
    level: Level = Field(sa_type=coded(Level))
    row_no: int | None = None
    column_name: str | None = None
    found: str | None = None
    values: str = "{}"  # JSON: what the message of this code needs


class Report(SQLModel, table=True):
    """A row of the dispatch form: one project on one as-of day.

    ``physical_bp`` is physical progress in basis points. The money columns are cumulative to the as-of day,
    in fen, and are four different amounts; ``annual_plan`` is the investment or budget planned for the year.
    ``month_invested`` and ``year_invested`` are the month's and the year's part of ``invested``.
    ``reported_on`` is the day the city wrote it: an older writing never replaces a newer one, whichever came
    first. None means not reported, which is not zero.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["city", "project"], ["project.city", "project.code"]),
        sa.Index(
            "one_current_report",
            "city",
            "project",
            "as_of",
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        ),
        sa.Index(
            "report_superseded",
            "superseded_at",
            sqlite_where=sa.text("superseded_at IS NOT NULL"),
            postgresql_where=sa.text("superseded_at IS NOT NULL"),
        ),
        STRICT,
    )
    city: str = Field(primary_key=True, max_length=16)
    project: str = Field(primary_key=True, max_length=64)
    as_of: date = Field(primary_key=True)
    submission: str = Field(primary_key=True, max_length=36)
    row_no: int
    recorded_at: datetime
    superseded_at: datetime | None = None
    superseded_by: str | None = Field(default=None, max_length=36)
    origin: str | None = Field(default=None, max_length=36)  # whose row a reinstated one copies
    reported_on: date | None = None
    reason: str | None = None  # why an earlier figure of this day was corrected
    physical_bp: int | None = None
    invested: int | None = Field(default=None, sa_type=sa.BigInteger)
    month_invested: int | None = Field(default=None, sa_type=sa.BigInteger)
    year_invested: int | None = Field(default=None, sa_type=sa.BigInteger)
    annual_plan: int | None = Field(default=None, sa_type=sa.BigInteger)
    issued: int | None = Field(default=None, sa_type=sa.BigInteger)
    transferred: int | None = Field(default=None, sa_type=sa.BigInteger)
    paid: int | None = Field(default=None, sa_type=sa.BigInteger)
    spent: int | None = Field(default=None, sa_type=sa.BigInteger)
    stage: Stage | None = Field(default=None, sa_type=coded(Stage))
    narrative: str | None = None
    problem: str | None = None
    next_step: str | None = None


class Draft(SQLModel, table=True):
    """Rows that are not ready to be stored, kept for their owner in the layout of their form (CSV, UTF-8).

    ``of`` is the submission whose bad rows they are; None for rows begun in the browser.
    """

    __table_args__ = STRICT
    city: str = Field(primary_key=True, max_length=16)
    id: str = Field(primary_key=True, max_length=36)
    form: str = Field(max_length=64)
    owner: str = Field(index=True)
    file_name: str = Field(max_length=100)
    content: bytes
    rows: int
    of: str | None = Field(default=None, max_length=36)
    saved_at: datetime
