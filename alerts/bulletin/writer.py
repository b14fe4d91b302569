"""What every section of a bulletin is written with: the material, the language, how deep, names of places."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from alerts.bulletin.figures import MoneyUnit, clipped, money_unit, text
from alerts.bulletin.reading import Material
from alerts.bulletin.shape import Cell, Column, Table
from alerts.explain import Formula, formula_of
from models.places import NATION
from models.vocabulary import Change, Light
from models.words import Words

#: A shape for each light, worst first, told apart without colour; every one is in the carried font.
SHAPES = {Light.RED: "■", Light.YELLOW: "▲", Light.STALE: "◐", Light.MISSING: "○", Light.GREEN: "●"}
CHANGE_SHAPES = {Change.NEW: "＋", Change.WORSE: "↓", Change.BETTER: "↑", Change.SAME: "＝"}

#: Half-widths that a name and a reason may take where lists are cut to the page.
NAME_WIDTH, REASON_WIDTH = 44, 90


class Depth(StrEnum):
    """SHOWN: lists are cut so that the PDF keeps to two pages. WHOLE: nothing is cut."""

    SHOWN = "shown"
    WHOLE = "whole"


@dataclass(frozen=True)
class Writer:
    """One bulletin being written."""

    material: Material
    t: Words
    depth: Depth

    @cached_property
    def place(self) -> str:
        return self.name(self.material.asked.place)

    @cached_property
    def unit(self) -> MoneyUnit:
        wide = self.material.asked.place == NATION
        return money_unit(self.t, self.material.programme.currency, wide=wide)

    def formula(self, city: str, rule: str) -> Formula:
        """The formula of a rule as the policy in force for a city has it."""
        policy = self.material.policies.of(city, self.material.asked.programme)
        if (id(policy), rule) not in self._formulas:
            self._formulas[id(policy), rule] = formula_of(policy.rules[rule])
        return self._formulas[id(policy), rule]

    @cached_property
    def _formulas(self) -> dict[tuple[int, str], Formula]:
        return {}

    @cached_property
    def of_city(self) -> bool:
        """Is the bulletin of one city alone?"""
        return self.material.now["city"].n_unique() <= 1 and self.material.asked.place != NATION

    def name(self, code: str) -> str:
        """A place's name; its code where it is unknown."""
        place = self.material.names.get(code)
        return code if place is None else self.t.pick(place.name_zh, place.name_en)

    def light(self, light: str) -> Cell:
        return text(f"{SHAPES[Light(light)]} {self.t.label(light)}")

    def project(self, name: str) -> Cell:
        return text(self.cut(name, NAME_WIDTH))

    def cut(self, said: str, width: int) -> str:
        """A text as wide as the page has room for; whole in the workbook."""
        flat = " ".join(said.split())
        return clipped(flat, width if self.depth == Depth.SHOWN else None)

    def listed(
        self, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]], total: int, unit: str = ""
    ) -> Table | None:
        """A list of which ``rows`` are shown and ``total`` are there; None where there is nothing."""
        if not rows:
            return None
        left = total - len(rows)
        more = self.t("… and {n} more, see the workbook.", n=self.t.number(left, 0)) if left > 0 else ""
        return Table(tuple(columns), tuple(rows), unit, more)

    def most(self, limit: int, there: int) -> int:
        """How many rows of a list are written."""
        return min(limit, there) if self.depth == Depth.SHOWN else there
