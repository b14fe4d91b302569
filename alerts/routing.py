"""Transitions × people → who is told what: one mail a person and evaluation, however many reds it holds.

Pure. City people hear of their city's projects, provinces of their cities', the ministry of what becomes or
ends red. Administrators run the tool and are not told.
"""

from dataclasses import dataclass

import polars as pl

from models.vocabulary import Role, Severity, Transition


@dataclass(frozen=True)
class Recipient:
    """Somebody who may be told: an account that wants mails and is not disabled."""

    email: str
    role: Role
    place: str
    language: str


@dataclass(frozen=True)
class Post:
    """One recipient's transitions, the worst first."""

    recipient: Recipient
    transitions: pl.DataFrame


_ORDER = {str(Transition.OPENED): 0, str(Transition.WORSENED): 0, str(Transition.EASED): 1}
_RED = str(Severity.RED)


def route(transitions: pl.DataFrame, people: list[Recipient]) -> list[Post]:
    """One Post for everybody whom at least one transition concerns.

    ``transitions`` has, beside what ``lifecycle`` gives, the columns ``province`` and ``total_investment``.
    Worst first: new reds, new yellows, eased, resolved; within each the larger project.
    """
    ordered = transitions.sort(
        pl.col("transition").replace_strict(_ORDER, default=2, return_dtype=pl.Int64),
        (pl.col("after") == _RED).fill_null(False),
        pl.col("total_investment").fill_null(0),
        "city",
        "project",
        "rule",
        descending=[False, True, True, False, False, False],
    )
    posts = [Post(person, ordered.filter(_concerns(person))) for person in people]
    return [post for post in posts if not post.transitions.is_empty()]


def _concerns(person: Recipient) -> pl.Expr:
    if person.role == Role.CITY:
        return pl.col("city") == person.place
    if person.role == Role.PROVINCE:
        return pl.col("province") == person.place
    if person.role == Role.MINISTRY:
        becomes_red = (pl.col("after") == _RED).fill_null(False)
        ends_red = (pl.col("transition") == str(Transition.RESOLVED)) & (pl.col("before") == _RED)
        return becomes_red | ends_red.fill_null(False)
    return pl.lit(False)
