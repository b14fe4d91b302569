"""Words of the record forms (``data/records.toml``); names and codes of enterprises beside the projects' own.

Pure. Numbers of credit codes from ``FIRST_MEMBER`` on are theirs; below are the projects'.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

from collectors.demo import words
from collectors.demo.words import DemoPlace
from models.words import words as language

_FILE = Path(__file__).parent / "data" / "records.toml"

#: Credit codes of members and tenants are numbered from here on, this many apart from project to project.
FIRST_MEMBER, _APART = 10_000, 40

_ENDINGS = ("有限公司", "科技有限公司", "股份有限公司")


@cache
def material() -> dict:
    """The words, by table."""
    return tomllib.loads(_FILE.read_text("utf-8"))


@cache
def label(code: str) -> str:
    """A code of ``models/vocabulary.py`` as a Chinese form writes it."""
    return language("zh_CN").label(code)


def document(body: str, on: date, number: int) -> str:
    """A document number that says that it is made up."""
    return f"{body}〔{on.year}〕{material()['made_up']}{number:02d}号"


def province_letter(place: DemoPlace) -> str:
    """The one-character name of the province a place lies in."""
    return material()["abbreviations"][place.province]


@cache
def _brands() -> tuple[str, ...]:
    return tuple(sorted(words.brands(Random("brands"))))


@dataclass(frozen=True)
class Body:
    """An enterprise: name, credit code, city."""

    name: str
    code: str
    city: str


def bodies(trade: str, number: int, seats: list[tuple[str, str, str]], rng: Random) -> list[Body]:
    """Enterprises of one project, one a seat (short name, name, region); ``number`` tells projects apart."""
    return [
        Body(
            f"{short}{brand}{trade}{rng.choice(_ENDINGS)}",
            words.unit_code(words.ENTERPRISE, region, FIRST_MEMBER + number * _APART + index),
            city,
        )
        for index, ((short, city, region), brand) in enumerate(
            zip(seats, rng.sample(_brands(), len(seats)), strict=True)
        )
    ]


def seat(place: DemoPlace) -> tuple[str, str, str]:
    """A place as an enterprise's seat."""
    return place.short, place.name, place.region


def elsewhere() -> list[tuple[str, str, str]]:
    """Seats outside the roster."""
    return [(name.removesuffix("市"), name, code) for name, code in material()["elsewhere"].items()]
