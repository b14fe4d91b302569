"""The city of high risk that reports by the week: each Sunday's figures, and the money that moved until then.

Figures between month ends lie straight between them. A week that ends with the month is the month's report.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from collectors.demo.figures import Figure
from collectors.demo.funds import Movement, fund_row, movements, purse_on
from collectors.demo.ledgers import MONEY_BEFORE, SINCE
from collectors.demo.manners import sundays
from collectors.demo.posting import DemoFile, Sender, office_hour, posted
from collectors.demo.rows import dispatch_row
from collectors.demo.stories import Story
from collectors.forms import DISPATCH, FUNDS

#: How long after a month's report the week is reported that lies behind it; and a week after the one before.
_AFTER_MONTH, _AFTER_WEEK = timedelta(minutes=50), timedelta(hours=2)


def weekly_files(
    sender: Sender, told: Sequence[Story], sent: Sequence[datetime], today: date, seed: int
) -> Iterator[DemoFile]:
    """The weeks' files. ``sent``: when the monthly reports come."""
    ends = [figure.as_of for figure in told[0].figures]
    moved = movements(told[0].project.place, today, seed)
    since = ends[SINCE]  # the record forms came with this month
    for day, at in _weeks(ends, sent, today, seed):
        since = max([since, *(end for end in ends if end < day)])  # as far as the month's file tells
        fresh = [m for m in moved if since < m.on <= day]
        if fresh:
            rows = [fund_row(told[0].project.place, m) for m in fresh]
            yield posted(sender, FUNDS, str(day), rows, at - timedelta(minutes=MONEY_BEFORE), name="资金周报")
        figures = [(s, _with_money(s.figure_on(day), moved, s)) for s in told if s.reports]
        rows = [dispatch_row(story.project, figure, seed) for story, figure in figures]
        yield posted(sender, DISPATCH, str(day), rows, at, name="调度周报")
        since = max(since, day)


def _weeks(
    ends: Sequence[date], sent: Sequence[datetime], today: date, seed: int
) -> Iterator[tuple[date, datetime]]:
    """Each Sunday and when it is reported: the next working day, after the month before it."""
    rng, before = Random(f"{seed}:weeks"), sent[0]
    for day in sundays(today):
        if day in ends:
            continue
        month = max(at for end, at in zip(ends, sent, strict=True) if end < day)
        at = max(office_hour(day + timedelta(days=1), rng), month + _AFTER_MONTH, before + _AFTER_WEEK)
        before = at
        yield day, at


def _with_money(figure: Figure, moved: Sequence[Movement], story: Story) -> Figure:
    """The figure with the money that had moved by its day."""
    stands = purse_on(moved, story.project.code, figure.as_of)
    given = next((f.purse.issued for f in story.figures if f.as_of >= figure.as_of), figure.purse.issued)
    return replace(figure, purse=replace(figure.purse, issued=given, **stands))
