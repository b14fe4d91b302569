"""Where a city's own system delivers from or to: declared sources, their runs, and tokens for pushing.

A secret is never stored: a source names the environment variable that holds it, a token is kept as its hash.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import PullOutcome


class Source(SQLModel, table=True):
    """A declared source and where its reading stands. ``declared`` is the TOML text it was declared by.

    ``etag``, ``last_modified`` and ``cursor`` are what the next request is conditional on. ``claimed_until``
    is the lease of the worker that pulls it now.
    """

    __table_args__ = STRICT
    name: str = Field(primary_key=True, max_length=64)
    city: str = Field(foreign_key="place.code", max_length=16)
    declared: str
    enabled: bool = True
    declared_by: str
    declared_at: datetime
    due_at: datetime
    claimed_until: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    cursor: str | None = None
    content_sha256: str | None = Field(default=None, max_length=64)
    last_ok_at: datetime | None = None
    last_data_at: datetime | None = None
    failures: int = 0
    silence_told_at: datetime | None = None


class SourceRun(SQLModel, table=True):
    """One pull: what came of it. ``code`` and ``values`` (JSON) make the sentence for people."""

    __table_args__ = (sa.Index("sourcerun_by_time", "source", "started_at"), STRICT)
    id: str = Field(primary_key=True, max_length=36)
    source: str = Field(foreign_key="source.name", max_length=64)
    started_at: datetime
    finished_at: datetime
    outcome: PullOutcome = Field(sa_type=coded(PullOutcome))
    code: str | None = Field(default=None, max_length=16)
    values: str = "{}"
    requests: int = 0
    bytes: int = 0
    response_ms: int | None = None
    rows: int = 0
    new: int = 0
    changed: int = 0
    rejected: int = 0
    warned: int = 0
    submission: str | None = Field(default=None, max_length=36)


class ApiToken(SQLModel, table=True):
    """A token by which a city's system hands in reports: bound to a city and to forms; only its hash is kept."""

    __table_args__ = STRICT
    id: str = Field(primary_key=True, max_length=36)
    sha256: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=100)
    city: str = Field(foreign_key="place.code", max_length=16)
    forms: str  # names joined by ","
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None
