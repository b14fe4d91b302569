"""A source as its TOML declares it: checked when it is added, read again for each run.

Every key, with its meaning and default, stands in ``collectors/declared/example.toml``. Refuses unknown
keys, secrets written into the file, and addresses that no source may have; each with one line that names the
key. To add a key, add a field here and a line in the example (a test reads it).
"""

import re
import tomllib
from datetime import date, timedelta
from functools import cached_property, lru_cache
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from collectors.addresses import WIDEST, Network, Reach, host_of
from collectors.declaration_parts import BasicAuth, BearerAuth, HmacAuth, Limits, Paging, Part, Since
from collectors.fetch import Policy
from collectors.forms import FORMS, Form
from collectors.layout import Layout
from collectors.mapping import known_mappings, load_mapping
from collectors.units import SHIFTS
from models.clock import month_start
from models.places import NATION
from models.vocabulary import Role

#: Warnings that a person would confirm on the page, where nobody is: the delivery is refused where more than
#: this share of its rows has one. A progress of 0.5 may be half a percent; of most projects it is another unit.
HELD = {"W-C66": 0.0, "W-C76": 0.5}

_NAME = r"^[a-z0-9][a-z0-9-]{1,47}$"
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::[0-9]{1,5})?")


class DeclarationError(ValueError):
    """A declaration cannot be used; the text is one line that names the key."""


class Declaration(Part):
    """A source. ``city`` reports by ``form``; ``nation`` spans several cities and needs a ``mapping``."""

    name: str = Field(pattern=_NAME)
    title: str = Field(default="", max_length=100)
    city: str | None = Field(default=None, max_length=16)
    nation: bool = False
    form: str | None = None
    mapping: str | None = None
    every_minutes: int = Field(ge=1, le=100 * 24 * 60)
    kind: Literal["http", "folder"] = "http"
    format: Literal["json", "jsonl", "csv", "xlsx"] = "json"
    url: str = ""
    method: Literal["GET", "POST"] = "GET"
    parameters: dict[str, str] = Field(default_factory=dict)
    records: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    as_of: str | None = None
    hold: dict[str, float] = Field(default=HELD)
    success_codes: tuple[str, ...] = ()
    paging: Paging | None = None
    since: Since | None = None
    auth: Annotated[BearerAuth | BasicAuth | HmacAuth, Field(discriminator="kind")] | None = None
    limits: Limits = Limits()
    hosts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    ca_file: str | None = Field(default=None, pattern=r"^/")
    path: str | None = Field(default=None, pattern=r"^/")
    pattern: str = "*"
    look_seconds: int = Field(default=60, ge=1)

    @field_validator("hosts", "networks", "success_codes", mode="before")
    @classmethod
    def _tuple(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("hosts")
    @classmethod
    def _plain_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not _is_host(host):
                raise ValueError(f"{host!r} is not a host like api.example.cn or api.example.cn:8443")
        return value

    @field_validator("networks")
    @classmethod
    def _narrow_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            network = ip_network(text)
            if network.prefixlen < WIDEST[network.version]:
                raise ValueError(f"{text} is wider than /{WIDEST[network.version]}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> "Declaration":
        for check in (_owner, _content, _place, _parts):
            check(self)
        return self

    # --- what a run needs of it --------------------------------------------------------------------------

    @property
    def place(self) -> str:
        return NATION if self.nation else self.city or ""

    @cached_property
    def reach(self) -> Reach:
        networks: tuple[Network, ...] = tuple(ip_network(text) for text in self.networks)
        return Reach((*self.hosts, host_of(self.url)), networks, self.url.startswith("http://"))

    @cached_property
    def policy(self) -> Policy:
        of = self.limits
        size = int(of.max_mb * 1_000_000)
        return Policy(
            self.reach, of.deadline_s, of.whole_s, size, of.max_redirects, of.tries, ca_file=self.ca_file
        )

    def layout(self, today: date) -> Layout:
        """How its data differ from ours on a day; ``constants`` may say {today}, {yesterday}, {month_end}."""
        days = _days(today)
        constants = tuple((name, days.get(value, value)) for name, value in self.constants.items())
        return Layout(
            self.format, self.records, tuple(self.fields.items()), constants, tuple(self.units.items())
        )

    def as_of_on(self, today: date) -> date | None:
        """The as-of day of a mapping's figures, where the declaration says it."""
        return None if self.as_of is None else date.fromisoformat(_days(today).get(self.as_of, self.as_of))

    @property
    def forms(self) -> tuple[Form, ...]:
        """The form its columns are matched with: one of ours, or the layout of its mapping."""
        if self.form is not None:
            return (FORMS[self.form],)
        mapping = load_mapping(self.mapping or "")
        return (mapping.layout,) if mapping is not None else ()

    @property
    def host(self) -> str:
        """Whose patience it tries: the host of its URL, or its folder."""
        return host_of(self.url) if self.kind == "http" else f"folder {self.path}"


def _days(today: date) -> dict[str, str]:
    ended = month_start(today) - timedelta(days=1)
    days = {"{today}": today, "{yesterday}": today - timedelta(days=1), "{month_end}": ended}
    return {name: day.isoformat() for name, day in days.items()}


def _is_host(text: str) -> bool:
    """A name or a plain address, perhaps with a port. A name is not only digits and dots."""
    bare = text.rpartition(":")[0] if text.count(":") == 1 or "]:" in text else text
    try:
        return str(ip_address(bare.strip("[]"))) == bare.strip("[]")
    except ValueError:
        last = bare.rpartition(".")[2]
        return _HOST.fullmatch(text) is not None and not last[:1].isdecimal()


def _owner(told: Declaration) -> None:
    if told.nation == (told.city is not None):
        raise ValueError('name either a "city" by its code, or nation = true')
    if (told.form is None) == (told.mapping is None):
        raise ValueError('name either a "form" or a "mapping"')
    if (told.nation and told.mapping is None) or (told.city and told.mapping):
        raise ValueError('a city reports by "form", a nation\'s source by "mapping"')


def _content(told: Declaration) -> None:
    if told.form is not None and told.form not in FORMS:
        raise ValueError(f"form is one of {', '.join(name for name in FORMS if _is_a_citys(name))}")
    if told.form is not None and not _is_a_citys(told.form):
        raise ValueError(f"form: {told.form} is not handed in by cities")
    if told.mapping is not None and load_mapping(told.mapping) is None:
        raise ValueError(f"mapping is one of {', '.join(known_mappings())}")
    if told.mapping is not None and (told.fields or told.constants or told.units):
        raise ValueError('"fields", "constants" and "units" belong to a form; a mapping has its own')
    known = FORMS[told.form].by_name if told.form else {}
    for name in (*told.fields, *told.constants, *told.units):
        if name not in known:
            raise ValueError(f"{name} is no column of the form {told.form}: {', '.join(known)}")
    if both := set(told.fields) & set(told.constants):
        raise ValueError(f"{', '.join(sorted(both))} stands under fields and under constants")
    for name, unit in told.units.items():
        if unit not in SHIFTS or SHIFTS[unit][0] != known[name].cell:
            raise ValueError(f"units: {name} cannot be in {unit!r}; known are {', '.join(SHIFTS)}")
    if told.as_of is not None:
        told.as_of_on(date(2000, 2, 1))


def _is_a_citys(form: str) -> bool:
    return Role.CITY in FORMS[form].by


def _place(told: Declaration) -> None:
    if told.kind == "folder":
        if told.path is None or told.url:
            raise ValueError('a folder has a "path" and no "url"')
        return
    if told.path is not None or not re.match(r"https?://[^/\s]+", told.url):
        raise ValueError('an http source has a "url" beginning with https:// or http://, and no "path"')
    host = host_of(told.url)
    if "@" in told.url.split("/", 3)[2]:
        raise ValueError("no name or password stands in a url; see auth")
    if not _is_host(host):
        raise ValueError(f"the host of the url cannot be used: {host!r}")


def _parts(told: Declaration) -> None:
    is_http_json = told.kind == "http" and told.format == "json"
    if told.paging is not None and not is_http_json:
        raise ValueError('"paging" is for http sources with format = "json"')
    if told.paging is not None and told.paging.by == "link" and told.method != "GET":
        raise ValueError('paging by "link" needs method = "GET"')
    if told.kind == "folder" and (told.since or told.auth or told.parameters):
        raise ValueError('"since", "auth" and "parameters" are for http sources')
    if told.kind == "folder" and "format" not in told.model_fields_set:
        raise ValueError('a folder needs a "format": json, jsonl, csv or xlsx')
    if told.records is not None and told.format not in ("json", "jsonl"):
        raise ValueError('"records" is for JSON')


@lru_cache(maxsize=512)
def read_declaration(text: str) -> Declaration:
    """The declaration in a TOML text. Raises DeclarationError with one line."""
    try:
        return Declaration.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part not in ("bearer", "basic", "hmac"))
        reason = first["msg"].removeprefix("Value error, ")
        raise DeclarationError(f"{place}: {reason}".removeprefix(": ")) from None
