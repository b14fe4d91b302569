"""The tables of a declaration: where a secret is, how pages go on, since when, within which limits.

Refuses a secret written out. What a declaration is as a whole: ``collectors/declaration.py``.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collectors.credentials import PREFIX, Auth, Basic, Bearer, Secret, Signed


class Part(BaseModel):
    """Strict, frozen, and no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SecretAt(Part):
    """Where a secret is: ``{ env = "SOURCE_…" }`` or ``{ file = "/…" }``."""

    env: str | None = Field(default=None, pattern=rf"^{PREFIX}[A-Z0-9_]+$")
    file: str | None = Field(default=None, pattern=r"^/")

    @model_validator(mode="after")
    def _one_place(self) -> "SecretAt":
        if (self.env is None) == (self.file is None):
            raise ValueError("name either env or file")
        return self

    @property
    def secret(self) -> Secret:
        return Secret(self.env, self.file)


class BearerAuth(Part):
    kind: Literal["bearer"]
    token: SecretAt

    @property
    def auth(self) -> Auth:
        return Bearer(self.token.secret)


class BasicAuth(Part):
    kind: Literal["basic"]
    user: str = Field(min_length=1, pattern=r"^[^:\x00-\x1f]+$")
    password: SecretAt

    @property
    def auth(self) -> Auth:
        return Basic(self.user, self.password.secret)


class HmacAuth(Part):
    kind: Literal["hmac"]
    key_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    secret: SecretAt

    @property
    def auth(self) -> Auth:
        return Signed(self.key_id, self.secret.secret)


class Paging(Part):
    """How the source hands out its records in parts."""

    by: Literal["page", "offset", "cursor", "link"]
    parameter: str | None = None  # the page's number, the offset or the cursor
    first: int = 1
    size_parameter: str | None = None
    size: int | None = Field(default=None, ge=1)
    next: str | None = None  # the path to the next cursor or link
    total: str | None = None  # the path to the count of all records
    pages: str | None = None  # the path to the count of all pages
    most: int = Field(default=100, ge=1, le=10_000)

    @model_validator(mode="after")
    def _whole(self) -> "Paging":
        if self.by != "link" and self.parameter is None:
            raise ValueError(f'"parameter" is needed with by = "{self.by}"')
        if self.by == "cursor" and self.next is None:
            raise ValueError('"next" is needed with by = "cursor"')
        if self.by == "page" and not (self.size or self.total or self.pages):
            raise ValueError('one of "size", "total" and "pages" is needed, to know the last page')
        return self


class Since(Part):
    """Only what changed since a day: the day of the last good run, less an overlap."""

    parameter: str
    first: date
    overlap_days: int = Field(default=3, ge=0, le=366)
    form: str = "%Y-%m-%d"


class Limits(Part):
    """What the source is granted."""

    deadline_s: float = Field(default=10, gt=0, le=600)
    whole_s: float = Field(default=120, gt=0, le=3600)
    max_mb: float = Field(default=5, gt=0, le=2000)
    max_redirects: int = Field(default=3, ge=0, le=10)
    tries: int = Field(default=3, ge=1, le=10)
