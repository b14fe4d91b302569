"""How much of a demonstration project's award is issued, transferred, paid and spent at each month end.

Pure; cumulative amounts in 万元 with two decimals that never fall. Money moves in tranches: a tranche is
transferred when the one before is nearly used, paid in smaller steps, and spent as the work goes. Two ways to
go wrong: money that was transferred and lies parked (a stalled project), and money booked as spent before it
was paid (以拨代支).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from random import Random

from collectors.demo.projects import DemoProject
from collectors.demo.windows import Behaviour

#: Share of the award that is issued before the final assessment (domain.md, 0.2), and at first.
FIRST_TRANCHE, _AT_FIRST = 0.5, 0.3

#: A tranche that is transferred, and one that is paid, as shares of the award.
_TRANSFER, _PAYMENT = 0.1, 0.05

#: Months at the end in which a project that books early has spent more than was paid.
_EARLY_MONTHS = 4

#: Spending against planned spending, by way to go: lowest, highest.
_SPENDING = {
    Behaviour.SPENDING_BEHIND: (0.5, 0.84),
    Behaviour.FAR_BEHIND: (0.6, 0.85),
    Behaviour.MONEY_FIRST: (0.96, 1.1),
}
_SPENDING_USUALLY = (0.94, 1.03)

#: Nothing is issued to these before they start.
_LATE = (Behaviour.PLANNED_LATER, Behaviour.TRUE_ZERO, Behaviour.NOT_STARTED)


@dataclass(frozen=True)
class Purse:
    """Where a project's award stands at a month end."""

    issued: float = 0.0
    transferred: float = 0.0
    paid: float = 0.0
    spent: float = 0.0


def issued(project: DemoProject, ends: Sequence[date], second_issue: date) -> list[float]:
    """Nothing before a late starter's start; then 30 %, later 50 % of the award."""
    if project.behaviour in _LATE:
        return [0.0] * len(ends)
    shares = (FIRST_TRANCHE if end >= second_issue else _AT_FIRST for end in ends)
    return [round(project.reward * share, 2) for share in shares]


def spent(
    project: DemoProject, planned: list[float], physical: list[float], given: list[float], rng: Random
) -> list[float]:
    """As the plan says, times how this project spends; a stalled one stands still."""
    low, high = _SPENDING.get(project.behaviour, _SPENDING_USUALLY)
    share, found = rng.uniform(low, high), []
    for index, (plan, issue) in enumerate(zip(planned, given, strict=True)):
        base = project.reward * FIRST_TRANCHE if project.curve else issue
        moved = index == 0 or physical[index] > physical[index - 1] or project.behaviour != Behaviour.STALLED
        wanted = base * plan / 100 * share * rng.uniform(0.985, 1.0) if physical[index] and moved else 0.0
        found.append(round(max([min(wanted, issue), *found[-1:]]), 2))
    return found


def purses(project: DemoProject, given: list[float], out: list[float], slack: float) -> list[Purse]:
    """The four amounts at each month end. ``slack``: how far paying runs ahead of spending."""
    both = list(zip(given, out, strict=True))
    match project.behaviour:
        case Behaviour.STALLED:
            return [Purse(issue, issue, spent, spent) for issue, spent in both]
        case Behaviour.MONEY_FIRST:
            paid = _booked_early(out)
        case _:
            paid = [_stepped(spent, issue, slack, project.reward * _PAYMENT) for issue, spent in both]
    transfers = [_stepped(spent, issue, 0.5 + slack, project.reward * _TRANSFER) for issue, spent in both]
    return [
        Purse(issue, transfer, min(pay, transfer), spent)
        for (issue, spent), transfer, pay in zip(both, transfers, paid, strict=True)
    ]


def _stepped(spent: float, issue: float, ahead: float, step: float) -> float:
    """Between what is spent and what is issued, in whole tranches."""
    wanted = spent + (issue - spent) * ahead
    return round(min(ceil(round(wanted / step, 6)) * step, issue), 2)


def _booked_early(out: list[float]) -> list[float]:
    """Paid as it is spent, until in the last months it is booked as spent before it is paid."""
    before, early = out[:-_EARLY_MONTHS], out[-_EARLY_MONTHS:]
    return [*before, *(max(before[-1], round(spent * 0.96, 2)) for spent in early)]
