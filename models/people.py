"""People, their sessions, and the brake on guessing passwords."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import AtOnce, Department, Role


class Person(SQLModel, table=True):
    """Somebody with an account. ``place`` is the desk: the nation, a province-level unit or a city.

    ``language`` is ``zh_CN`` or ``en`` for mails; None follows the default. ``mails`` says whether alert
    mails go to this person. ``digest``, ``digest_hour`` (None: the office's) and ``at_once`` are what they
    chose (``alerts/wanting.py``). ``offered`` shows a demonstration account on the sign-in page. ``department``
    is the industry or the finance authority; None for a desk that is neither's. ``administers``: manages people
    beside the post. ``once_until_at``: the password is for once, until then; it is to be changed at sign-in.
    """

    __table_args__ = STRICT
    email: str = Field(primary_key=True, max_length=254)
    name: str
    role: Role = Field(sa_type=coded(Role))
    place: str = Field(foreign_key="place.code", max_length=16)
    department: Department | None = Field(default=None, sa_type=coded(Department))
    language: str | None = Field(default=None, max_length=8)
    password_hash: str | None = None
    mails: bool = True
    digest: bool = True
    digest_hour: int | None = None
    at_once: AtOnce = Field(default=AtOnce.RED, sa_type=coded(AtOnce))
    offered: bool = False
    disabled_at: datetime | None = None
    created_at: datetime
    administers: bool = False
    once_until_at: datetime | None = None


class SignIn(SQLModel, table=True):
    """A signed-in browser. The cookie carries a secret; only its SHA-256 is stored."""

    __table_args__ = STRICT
    id: str = Field(primary_key=True, max_length=64)
    email: str = Field(foreign_key="person.email", max_length=254, index=True)
    created_at: datetime
    seen_at: datetime
    revoked_at: datetime | None = None


class GuessCount(SQLModel, table=True):
    """How many sign-in attempts a key (account or address) made in the window that began at ``since_at``."""

    __table_args__ = STRICT
    key: str = Field(primary_key=True, max_length=300)
    since_at: datetime
    count: int
