"""Words of the demonstration: places, industries, invented names and what cities tell.

Reads ``collectors/demo/data`` only. Every name is made up in the style of published lists; an organisation
code begins with ``DEM``, which no real body bears. A new industry or phrase is a line in those files.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from random import Random

from stdnum.cn import uscc

from models.db import read_csv_rows
from models.places import XPCC

_DATA = Path(__file__).parent / "data"
_CARRIED = Path(__file__).parents[2] / "models" / "data"

#: Registration body and kind of body, the first two characters of GB 32100.
ENTERPRISE, PARK_COMMITTEE = "91", "11"

_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class DemoPlace:
    """A roster place as the demonstration needs it. ``paired`` districts share one roster entry."""

    code: str
    name: str
    batch: int
    prefix: str
    industries: tuple[str, ...]
    region: str
    province: str
    paired: bool

    @property
    def short(self) -> str:
        """The name as firms bear it: without 市 or 区."""
        return "兵团" if self.code == XPCC else self.name.rstrip("市区")


@dataclass(frozen=True)
class Industry:
    """A manufacturing branch by its GB/T 4754 code: its chain, a firm's trade word, products."""

    code: str
    chain: str
    trade: str
    products: tuple[str, ...]


@cache
def places() -> tuple[DemoPlace, ...]:
    """All roster places, in the roster's order."""
    extra = {row["place"]: row for row in read_csv_rows(_DATA / "places.csv")}
    roster = read_csv_rows(_CARRIED / "roster.csv")
    return tuple(
        DemoPlace(
            code=(code := row["adcode"] or XPCC),
            name=row["city_zh"],
            batch=int(row["batch"]),
            prefix=extra[code]["prefix"],
            industries=tuple(extra[code]["industries"].split()),
            region=extra[code]["region"],
            province=row["province_zh"],
            paired=row["kind"] == "municipality_district",
        )
        for row in roster
    )


@cache
def batch_year(batch: int) -> int:
    """The year in which a batch was announced."""
    return next(
        int(row["year"]) for row in read_csv_rows(_CARRIED / "batches.csv") if row["batch"] == str(batch)
    )


@cache
def _words() -> dict:
    return tomllib.loads((_DATA / "words.toml").read_text("utf-8"))


@cache
def _phrases() -> dict:
    return tomllib.loads((_DATA / "phrases.toml").read_text("utf-8"))


@cache
def industry(code: str) -> Industry:
    """The branch of a GB/T 4754 code."""
    row = _words()["industry"][code]
    return Industry(code, row["chain"], row["trade"], tuple(row["products"]))


def brands(rng: Random) -> Iterator[str]:
    """Invented three-character firm names, none twice."""
    words = _words()
    names = [
        first + second + third
        for first in words["brand_first"]
        for second in words["brand_second"]
        for third in words["brand_third"]
    ]
    return iter(rng.sample(names, len(names)))


def park_name(place: DemoPlace, rng: Random) -> str:
    """An invented park of a place."""
    return f"{place.short}{rng.choice(_words()['park_brands'])}产业园"


@lru_cache(maxsize=4096)
def unit_code(kind: str, region: str, number: int) -> str:
    """A valid but invented unified social credit code: both check characters fit.

    ``number`` below 100,000 tells the bodies apart.
    """
    organisation = f"DEM{number:05d}"
    body = f"{kind}{region}{organisation}{_organisation_check(organisation)}"
    return body + uscc.calc_check_digit(body)


def _organisation_check(organisation: str) -> str:
    """The ninth character of an organisation code (GB 11714)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(organisation, weights, strict=True))
    return "0123456789X0"[11 - total % 11]


def told(situation: str, rng: Random, **values: str) -> tuple[str, str, str]:
    """Progress, problem and next step, as a city would tell them."""
    phrases = _phrases()[situation]
    said, problem, following = (
        rng.choice(phrases[part]).format_map(values) for part in ("said", "problem", "next")
    )
    return said, problem, following


def ground_note(ground: str, rng: Random) -> str:
    """Why a plan is adjusted, in a sentence."""
    return rng.choice(_phrases()["grounds"][ground])
