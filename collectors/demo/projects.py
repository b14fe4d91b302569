"""The demonstration's projects: who builds what, for how much, from when to when, and how it is to go.

``portfolio`` is deterministic by day and seed. Names and codes do not depend on the day; dates do.
A new way to go is a member of ``Behaviour`` (``windows.py``), its number in ``_DECK`` and its figures in
``figures.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from collectors.demo import words
from collectors.demo.windows import Behaviour, programme_opens, window
from collectors.demo.words import DemoPlace
from models.vocabulary import Kind

#: A landmark project is larger than 5亿元 (domain.md, 0.7), in 万元.
LANDMARK_WAN = 50_000

#: A city's reward is at most 3亿元 (domain.md, 0.1); a district of a pair takes half of its entry's.
CITY_REWARD_WAN = 30_000

#: Most a point, line and surface may get, in 万元: twice Zhengzhou's 1,000/2,000/3,000, as lists here are short.
_REWARD_CAP_WAN = {Kind.POINT: 2_000, Kind.LINE: 4_000, Kind.SURFACE: 6_000}

#: Total investments by kind, in 万元.
_INVESTMENT_WAN = {Kind.POINT: (3_000, 38_000), Kind.LINE: (14_000, 48_000), Kind.SURFACE: (20_000, 78_000)}

_LETTER = {Kind.POINT: "D", Kind.LINE: "X", Kind.SURFACE: "M"}


#: How many projects of the whole country go each way; all others are on plan.
_DECK = {
    Behaviour.FINISHED: 26,
    Behaviour.LAGGING: 42,
    Behaviour.FAR_BEHIND: 17,
    Behaviour.STALLED: 11,
    Behaviour.SPENDING_BEHIND: 26,
    Behaviour.MONEY_FIRST: 4,
    Behaviour.PAST_END: 12,
    Behaviour.ADJUSTED_ONCE: 16,
    Behaviour.ADJUSTED_OFTEN: 6,
    Behaviour.RESCUED: 3,
    Behaviour.PENDING: 3,
    Behaviour.CORRECTED: 3,
    Behaviour.NEVER_REPORTED: 1,
}

#: These start late in the programme, so only batch 2 has them.
_LATE_DECK = {
    Behaviour.PLANNED_LATER: 10,
    Behaviour.TRUE_ZERO: 1,
    Behaviour.NOT_STARTED: 7,
    Behaviour.LONG_NOT_STARTED: 5,
}

#: Plans that change stay on the time schedule, so that a change shows in one place; and late starters have no
#: curve yet, so that money that was never issued is not missed.
_NO_CURVE = {
    Behaviour.ADJUSTED_ONCE,
    Behaviour.ADJUSTED_OFTEN,
    Behaviour.RESCUED,
    Behaviour.PENDING,
    Behaviour.NOT_STARTED,
}


@dataclass(frozen=True)
class DemoProject:
    """A row of the projects form, and how it is to go. Amounts in whole 万元; ``serial`` counts all of them."""

    place: DemoPlace
    serial: int
    code: str
    kind: Kind
    name: str
    product: str
    unit: str
    unit_code: str
    industry: str
    total: int
    reward: int
    support: str
    category: str
    chain: str
    chain_owner: str
    park: str
    start: date
    end: date
    landmark: bool
    partners: str
    approved_on: date
    document_no: str
    behaviour: Behaviour
    curve: bool

    @property
    def number(self) -> int:
        """Its number among the projects of its city, whatever their kind."""
        return {"D": 0, "X": 40, "M": 70}[self.code[-3]] + int(self.code[-2:])


@dataclass(frozen=True)
class _Slot:
    """A project before it has a name: place, number and kind."""

    place: DemoPlace
    kind: Kind
    number: int
    first: bool


@lru_cache(maxsize=4)
def portfolio(today: date, *, seed: int = 42) -> tuple[DemoProject, ...]:
    """All projects of all roster places, in the roster's order."""
    slots = [slot for place in words.places() for slot in _slots(place, Random(f"{seed}:list:{place.code}"))]
    ways = _dealt(slots, Random(f"{seed}:deck"))
    brands = words.brands(Random(f"{seed}:brands"))
    projects: list[DemoProject] = []
    for place in words.places():
        own = [(slot, way) for slot, way in zip(slots, ways, strict=True) if slot.place == place]
        projects += _of_place(place, own, today, brands, seed, len(projects))
    return tuple(projects)


def _slots(place: DemoPlace, rng: Random) -> Iterator[_Slot]:
    count = 6 if place.paired else rng.randint(8, 12)
    surfaces, lines = max(1, round(count * 0.15)), max(1, round(count * 0.25))
    for kind, many in (
        (Kind.POINT, count - lines - surfaces),
        (Kind.LINE, lines),
        (Kind.SURFACE, surfaces),
    ):
        for number in range(1, many + 1):
            yield _Slot(place, kind, number, number == 1)


def _dealt(slots: list[_Slot], rng: Random) -> list[Behaviour]:
    """One way to go for each slot, fixed numbers of each over the whole country."""
    ways = [Behaviour.ON_PLAN] * len(slots)
    late = [i for i, slot in enumerate(slots) if slot.place.batch == 2 and not slot.first]
    _lay(ways, rng.sample(late, sum(_LATE_DECK.values())), _LATE_DECK)
    free = [i for i, way in enumerate(ways) if way == Behaviour.ON_PLAN]
    _lay(ways, rng.sample(free, sum(_DECK.values())), _DECK)
    return ways


def _lay(ways: list[Behaviour], at: list[int], deck: dict[Behaviour, int]) -> None:
    cards = [way for way, many in deck.items() for _ in range(many)]
    for index, way in zip(at, cards, strict=True):
        ways[index] = way


def _of_place(
    place: DemoPlace,
    own: list[tuple[_Slot, Behaviour]],
    today: date,
    brands: Iterator[str],
    seed: int,
    base: int,
) -> list[DemoProject]:
    rng = Random(f"{seed}:place:{place.code}")
    totals = [_investment(slot, rng) for slot, _ in own]
    rewards = _rewards(place, [slot.kind for slot, _ in own], totals, rng)
    products = _products(place, len(own), rng)
    opens = programme_opens(place.batch, today)
    approved_on = opens - timedelta(days=rng.randint(8, 26))
    document_no = f"{place.short[0]}工信技改〔{approved_on.year}〕{rng.randint(11, 98)}号"
    projects = []
    for offset, (slot, way) in enumerate(own):
        code, product = products[offset]
        start, end = window(way, place.batch, today, rng)
        projects.append(
            DemoProject(
                place=place,
                serial=base + offset,
                code=f"{place.prefix}-{2023 + place.batch}-{_LETTER[slot.kind]}{slot.number:02d}",
                kind=slot.kind,
                product=product,
                industry=code,
                total=totals[offset],
                reward=rewards[offset],
                start=start,
                end=end,
                landmark=totals[offset] > LANDMARK_WAN and slot.kind != Kind.SURFACE,
                approved_on=approved_on,
                document_no=document_no,
                behaviour=way,
                curve=way not in _NO_CURVE and rng.random() < 0.54,
                **_who(slot, code, product, brands, rng, base + offset),
            )
        )
    return projects


def _investment(slot: _Slot, rng: Random) -> int:
    if slot.kind == Kind.POINT and slot.first:  # the landmark
        return rng.randint(520, 1_650) * 100
    low, high = _INVESTMENT_WAN[slot.kind]
    return int(low * (high / low) ** rng.random()) // 10 * 10


def _rewards(place: DemoPlace, kinds: list[Kind], totals: list[int], rng: Random) -> list[int]:
    """Reward money in tens of 万元: at most 18 % of the investment, in sum at most the city's award."""
    caps = [_REWARD_CAP_WAN[kind] * rng.uniform(0.5, 1) for kind in kinds]
    wanted = [min(0.18 * total, cap) for total, cap in zip(totals, caps, strict=True)]
    award = CITY_REWARD_WAN * (0.5 if place.paired else 1) * rng.uniform(0.76, 1)
    scale = min(1.0, award / sum(wanted))
    return [int(amount * scale) // 10 * 10 for amount in wanted]


def _products(place: DemoPlace, count: int, rng: Random) -> list[tuple[str, str]]:
    """Industry code and product, none twice in a place, the leading industries in turn."""
    shuffled = {code: rng.sample(words.industry(code).products, 6) for code in place.industries}
    codes = place.industries
    return [(codes[i % len(codes)], shuffled[codes[i % len(codes)]][i // len(codes)]) for i in range(count)]


def _who(slot: _Slot, code: str, product: str, brands: Iterator[str], rng: Random, number: int) -> dict:
    """Name, implementing unit, chain or park, and how the money comes."""
    branch, place = words.industry(code), slot.place
    firm = (
        f"{place.short}{next(brands)}{branch.trade}{rng.choice(('有限公司', '科技有限公司', '股份有限公司'))}"
    )
    who = {
        "unit": firm,
        "unit_code": words.unit_code(words.ENTERPRISE, place.region, number),
        "support": rng.choices(("投资补助", "贷款贴息", "担保费补贴", "其他"), (70, 22, 6, 2))[0],
        "category": "企业技术改造",
        "chain": "",
        "chain_owner": "",
        "park": "",
        "partners": "",
    }
    if slot.kind == Kind.POINT:
        site = rng.choices(("生产线", "车间", "工厂"), (5, 3, 2))[0]
        return who | {"name": f"{product}{site}{_turn(rng)}项目"}
    if slot.kind == Kind.LINE:
        return who | _line(slot, branch, product, firm, brands, rng)
    return who | _surface(slot, number, rng)


def _turn(rng: Random) -> str:
    return rng.choices(("智能化", "数字化", "绿色化"), (5, 3, 2))[0] + rng.choice(("改造", "升级", "提升"))


def _line(
    slot: _Slot, branch: words.Industry, product: str, firm: str, brands: Iterator[str], rng: Random
) -> dict:
    owner = firm if rng.random() < 0.6 else f"{slot.place.short}{next(brands)}{branch.trade}集团有限公司"
    others = [place.name for place in words.places() if place.province != slot.place.province]
    shares = rng.choice(((), (), (20,), (30,), (30, 20)))
    partners = zip(rng.sample(others, len(shares)), shares, strict=True)
    return {
        "name": f"{product}供应链{_turn(rng)}项目",
        "chain": branch.chain,
        "chain_owner": owner,
        "partners": ";".join(f"{name}:{share}" for name, share in partners),
    }


def _surface(slot: _Slot, number: int, rng: Random) -> dict:
    park = words.park_name(slot.place, rng)
    local = rng.random() < 0.35  # infrastructure is local money in principle (108-II.5)
    who = {
        "name": f"{park.removesuffix('产业园')}园区{_turn(rng)}项目"
        + ("（二期）" if slot.number == 2 else ""),
        "park": park,
        "category": "基础设施" if local else rng.choice(("企业技术改造", "企业技术改造", "公共服务平台")),
    }
    if rng.random() < 0.5:
        who |= {
            "unit": f"{park}管理委员会",
            "unit_code": words.unit_code(words.PARK_COMMITTEE, slot.place.region, number),
        }
    return who
