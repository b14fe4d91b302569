"""The demonstration's accounts, and by whose name a city's departments and its province sign.

Names belong to nobody; ``.invalid`` receives no mail. A new desk is a line of ``_DESKS``.
"""

from dataclasses import dataclass
from functools import lru_cache

from collectors.demo.words import places
from models.access import Scope
from models.places import NATION, XPCC
from models.vocabulary import Department, Role

#: The password of every demonstration account; they exist only in a demonstration database.
DEMONSTRATION_PASSWORD = "demonstration"

_DESKS = (
    ("ministry", "部委演示员", Role.MINISTRY, NATION, "zh_CN", None),
    ("ministry.en", "Demo Supervisor", Role.MINISTRY, NATION, "en", None),
    ("liaoning", "辽宁演示员", Role.PROVINCE, "210000", "zh_CN", None),
    ("sichuan", "Demo Officer Sichuan", Role.PROVINCE, "510000", "en", None),
    ("shanghai", "上海演示员", Role.PROVINCE, "310000", "zh_CN", None),
    ("shenyang", "沈阳演示员", Role.CITY, "210100", "zh_CN", Department.INDUSTRY),
    ("shenyang.finance", "沈阳财政演示员", Role.CITY, "210100", "zh_CN", Department.FINANCE),
    ("mianyang", "Demo Coordinator Mianyang", Role.CITY, "510700", "en", Department.INDUSTRY),
    ("mianyang.finance", "Demo Finance Officer Mianyang", Role.CITY, "510700", "en", Department.FINANCE),
    ("baotou", "包头演示员", Role.CITY, "150200", "zh_CN", Department.INDUSTRY),
    ("baotou.finance", "包头财政演示员", Role.CITY, "150200", "zh_CN", Department.FINANCE),
    ("jiading", "Demo Coordinator Jiading", Role.CITY, "310114", "en", None),
    ("auditor", "审计演示员", Role.AUDITOR, NATION, "zh_CN", None),
    ("admin", "系统演示员", Role.ADMINISTRATOR, NATION, "zh_CN", None),
)

#: The cities that have accounts: whoever looks around looks there first.
SHOWN = ("210100", "510700", "150200", "310114")

#: The city whose own system hands over its monthly reports; everything else of it is uploaded.
BY_SYSTEM = "310114"


@dataclass(frozen=True)
class DemoPerson:
    """A demonstration account; ``place`` is a place's code, ``language`` is zh_CN or en."""

    email: str
    name: str
    role: Role
    place: str
    language: str
    department: Department | None = None


def people() -> list[DemoPerson]:
    """The demonstration's accounts."""
    return [DemoPerson(f"{box}@demo.invalid", name, *desk) for box, name, *desk in _DESKS]


@lru_cache(maxsize=256)
def officer(city: str, department: Department) -> Scope:
    """Who signs for a department of a city: its account, or somebody without one."""
    alone = department == Department.INDUSTRY  # a desk of neither department signs for this one
    known = (department, None) if alone else (department,)
    own = (p.email for p in people() if p.place == city and p.department in known)
    email = next(own, f"{department}.{city.lower()}@demo.invalid")
    return Scope(email, Role.CITY, city, frozenset({city}), department)


def province_of(city: str) -> str:
    """The province-level unit of a roster place; XPCC is its own."""
    return XPCC if city == XPCC else f"{city[:2]}0000"


def sender(city: str, role: Role) -> Scope:
    """Whose desk a file comes from: a city's, its province's, or the ministry's."""
    if role == Role.MINISTRY:
        return Scope("ministry@demo.invalid", role, NATION, None)
    return province_officer(city) if role == Role.PROVINCE else officer(city, Department.INDUSTRY)


@lru_cache(maxsize=256)
def province_officer(city: str) -> Scope:
    """Who decides for the province of a city; ``city`` may be the province itself."""
    place = province_of(city)
    own = (p.email for p in people() if p.place == place and p.role == Role.PROVINCE)
    email = next(own, f"province.{place.lower()}@demo.invalid")
    cities = {one.code for one in places() if province_of(one.code) == place}
    return Scope(email, Role.PROVINCE, place, frozenset({place, *cities}))
