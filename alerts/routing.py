"""Events × what each was told before × people → who is told what: one digest a day, and first reds at once.

Pure. City people hear of their city's projects, provinces of their cities', the ministry of what becomes or
ends red, and each of what is laid on them in person. Administrators run the tool and are not told. What somebody was not told yet follows from the rows
of what was told; nothing waits in a queue, so nothing is lost with one.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import polars as pl

from alerts.wanting import Kind, Wants, wanted
from models import clock
from models.vocabulary import Duty, Role, Severity, Transition


class Section(StrEnum):
    """The parts of a mail, in their order."""

    ASSIGNED = "assigned"
    NEW = "new"
    WORSENED = "worsened"
    HELD = "held"
    EASED = "eased"
    RESOLVED = "resolved"
    ACKNOWLEDGED = "acknowledged"
    AGAIN = "again"


@dataclass(frozen=True)
class Recipient:
    """Somebody who may be told: an account that wants mails and is not disabled.

    What happened before ``since``, when the account was made, counts as told; None: nothing does.
    """

    email: str
    role: Role
    place: str
    language: str
    since: datetime | None = None
    wants: Wants = field(default_factory=Wants)


@dataclass(frozen=True)
class Overdue:
    """Something owed on a dispatch order that is ``late`` working days over its due day."""

    city: str
    order: str
    number: str
    project: str | None
    name: str | None
    duty: Duty
    due_on: date
    late: int


@dataclass(frozen=True)
class Post:
    """What one recipient was not told yet, a row an alert, in the order of a mail.

    Beside the columns of its newest event each row has ``section`` and ``urgent`` (to be told at once).
    ``silenced`` counts the open alerts of theirs of which nothing is said. ``overdue``: said every working day.
    """

    recipient: Recipient
    lines: pl.DataFrame
    silenced: int = 0
    overdue: tuple[Overdue, ...] = ()


#: What ``route`` needs of every event of the alerts that are open or closed lately; more columns pass through.
EVENTS = {
    **dict.fromkeys(("city", "province", "project", "rule", "alert"), pl.String),
    "seq": pl.Int64,
    **dict.fromkeys(("transition", "before", "after", "severity"), pl.String),
    "event_at": pl.Datetime("us", "UTC"),
    **dict.fromkeys(("closed", "acknowledged", "silenced"), pl.Boolean),
    "total_investment": pl.Int64,
    "repeat_days": pl.Int64,  # of its rule, by the policy that judged the alert
    **dict.fromkeys(("by", "note"), pl.String),
    "assignee": pl.String,  # of an event that lays the alert on somebody
}

#: What was told: the newest event of an alert that somebody was told, and the day.
TOLD = {"recipient": pl.String, "alert": pl.String, "told_seq": pl.Int64, "told_on": pl.Date}

_ORDER = {str(section): number for number, section in enumerate(Section)}
_RED = str(Severity.RED)


def route(
    events: pl.DataFrame,
    told: pl.DataFrame,
    people: list[Recipient],
    *,
    today: date,
    also: Collection[str] = (),
) -> list[Post]:
    """One Post for everybody who has anything to be told, and for those ``also`` has something for.

    Worst first: new reds, new yellows, worsened and so on; within each the larger project.
    """
    held = pl.col("seq").filter(pl.col("transition") == str(Transition.HELD)).max().over("alert")
    laid = pl.col("transition") == str(Transition.ASSIGNED)
    newest = pl.col("seq").filter(laid).max().over("alert")
    holder = pl.col("assignee").filter(laid & (pl.col("seq") == newest)).first().over("alert")
    events = events.with_columns(held_seq=held, laid_seq=newest).with_columns(laid_on=holder)
    posts = [_post(person, events, told, today) for person in people]
    return [post for post in posts if post.recipient.email in also or not post.lines.is_empty()]


def _post(person: Recipient, events: pl.DataFrame, told: pl.DataFrame, today: date) -> Post:
    known = told.filter(pl.col("recipient") == person.email).drop("recipient")
    earlier = pl.lit(False) if person.since is None else pl.col("event_at") < person.since
    frame = events.join(known, on="alert", how="left").with_columns(
        told_seq=pl.max_horizontal("told_seq", pl.col("seq").filter(earlier).max().over("alert")).fill_null(0)
    )
    frame = frame.with_columns(
        mine=(pl.col("laid_on") == person.email).fill_null(False),
        own_deed=(pl.col("by") == person.email).fill_null(False),
    )
    fresh = _fresh(frame.filter(_concerns(person)), person.wants)
    again = _again(frame, person, today).join(fresh, on="alert", how="anti")
    lines = pl.concat([fresh, again], how="diagonal_relaxed")
    newest = _newest(frame).filter(_concerns(person) & pl.col("silenced") & ~pl.col("closed"))
    return Post(person, _ordered(lines), newest.height)


def _fresh(mine: pl.DataFrame, wants: Wants) -> pl.DataFrame:
    """What is new to somebody, folded to a row an alert: from the first to the last they were not told of.

    Of an alert that is held open nothing more is said until it ends or is laid on them; the end of an alert is told only to those
    who were told of it.
    """
    kind = pl.col("transition")
    last_words = kind.is_in([str(Transition.RESOLVED), str(Transition.ACKNOWLEDGED)])
    laid_now = pl.col("mine") & (pl.col("seq") == pl.col("laid_seq")) & ~pl.col("own_deed")
    damped = pl.col("held_seq").is_not_null() & (pl.col("seq") > pl.col("held_seq")) & ~last_words & ~laid_now
    return (
        mine.filter((pl.col("seq") > pl.col("told_seq")) & ~pl.col("silenced") & ~damped)
        .sort("alert", "seq")
        .with_columns(
            first_before=pl.col("before").first().over("alert"),
            answered=(kind == str(Transition.ACKNOWLEDGED)).any().over("alert"),
            laid=laid_now.any().over("alert"),
            **{
                f"laid_{name}": pl.col(name).filter(laid_now).first().over("alert") for name in ("by", "note")
            },
        )
        .unique("alert", keep="last", maintain_order=True)
        .with_columns(section=_section())
        .filter(pl.col("section").is_not_null())
        .with_columns(urgent=_urgent(wants))
    )


def _section() -> pl.Expr:
    never_told, kind = pl.col("told_seq") == 0, pl.col("transition")
    was_red, is_red = pl.col("first_before") == _RED, pl.col("after") == _RED
    return (
        pl.when(pl.col("closed"))
        .then(pl.when(~never_told).then(pl.lit(str(Section.RESOLVED))))
        .when("laid")
        .then(pl.lit(str(Section.ASSIGNED)))
        .when(pl.col("acknowledged"))
        .then(pl.when(pl.col("answered")).then(pl.lit(str(Section.ACKNOWLEDGED))))
        .when(never_told)
        .then(pl.lit(str(Section.NEW)))
        .when(kind == str(Transition.HELD))
        .then(pl.lit(str(Section.HELD)))
        .when(is_red & ~was_red)
        .then(pl.lit(str(Section.WORSENED)))
        .when(was_red & ~is_red)
        .then(pl.lit(str(Section.EASED)))
    )


def _urgent(wants: Wants) -> pl.Expr:
    never_told, was_red = pl.col("told_seq") == 0, (pl.col("first_before") == _RED).fill_null(False)
    laid = (pl.col("section") == str(Section.ASSIGNED)) & (never_told | ~was_red) & (pl.col("after") == _RED)
    becomes = pl.col("section").is_in([str(Section.NEW), str(Section.WORSENED)]) | laid
    told = [str(severity) for severity in Severity if wanted(wants, Kind.AT_ONCE, severity)]
    return becomes & pl.col("after").is_in(told).fill_null(False)


def _again(frame: pl.DataFrame, person: Recipient, today: date) -> pl.DataFrame:
    """Open alerts that were told so many working days ago that their rule wants them said again."""
    days = frame["repeat_days"].drop_nulls().unique().to_list()
    due = {n: clock.workdays_before(today, n) for n in days}
    told_on = pl.coalesce(
        "told_on", pl.lit(clock.local_day(person.since) if person.since else None, dtype=pl.Date)
    )
    quiet = pl.col("closed") | pl.col("acknowledged") | pl.col("silenced") | pl.col("held_seq").is_not_null()
    limit = pl.col("repeat_days").replace_strict(due, default=None, return_dtype=pl.Date)
    return (
        _newest(frame)
        .with_columns(after="severity")
        .filter(_concerns(person) & ~quiet & (pl.col("told_seq") > 0) & (told_on <= limit).fill_null(False))
        .with_columns(section=pl.lit(str(Section.AGAIN)), urgent=pl.lit(False))
    )


def _newest(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("seq") == pl.col("seq").max().over("alert"))


def _ordered(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort(
        pl.col("section").replace_strict(_ORDER, default=9, return_dtype=pl.Int64),
        (pl.col("after") == _RED).fill_null(False),
        pl.col("total_investment").fill_null(0),
        "city",
        "project",
        "rule",
        descending=[False, True, True, False, False, False],
    )


def _concerns(person: Recipient) -> pl.Expr:
    """Whatever is laid on somebody in person, and what their post has to do with."""
    return pl.col("mine") | _of_post(person)


def _of_post(person: Recipient) -> pl.Expr:
    if person.role == Role.CITY:
        return pl.col("city") == person.place
    if person.role == Role.PROVINCE:
        return (pl.col("province") == person.place).fill_null(False)
    if person.role == Role.MINISTRY:
        becomes_red = (pl.col("after") == _RED).fill_null(False)
        ends_red = (pl.col("transition") == str(Transition.RESOLVED)) & (pl.col("before") == _RED)
        return becomes_red | ends_red.fill_null(False)
    return pl.lit(False)
