"""How alerts read in a mail, in one recipient's language: sections, lines, the subject; and the row to store.

Text and HTML show the same lines. Alerts of one city whose rule is ``grouped`` are one line, however many.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import polars as pl
import sqlalchemy as sa

from alerts.explain import Explanation, explain_stored, reason_text
from alerts.mail import HeaderRefused, header_text
from alerts.office import Occasion, Office
from alerts.order_digest import late_subject, order_lines
from alerts.policy import Policy, stored_policy
from alerts.routing import Post, Section
from models.clock import local_day, working_moment
from models.places import Programme
from models.queries.places import name_of
from models.vocabulary import MessageState
from models.words import Words, mark, words

#: Lines written out in one mail; the rest are counted and linked.
ITEMS_SHOWN = 30

#: Projects named in a grouped line.
_NAMED = 10

#: The texts of all mails.
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=lambda name: bool(name) and name.endswith(".html.j2"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

#: Word and colour of a light, dark enough on white (4.5 to 1); the word always stands beside it.
_COLOURS = {"red": "#b42318", "yellow": "#8a5a00", None: "#1a6e3c"}

_TITLES = {
    Section.ASSIGNED: mark("Assigned to you"),
    Section.NEW: mark("New alerts"),
    Section.WORSENED: mark("Worsened"),
    Section.HELD: mark("Held open"),
    Section.EASED: mark("Eased"),
    Section.RESOLVED: mark("Resolved"),
    Section.ACKNOWLEDGED: mark("Acknowledged"),
    Section.AGAIN: mark("Still open"),
}


@dataclass(frozen=True)
class Item:
    """One line of a mail. ``head`` is its link's text; ``count`` how many alerts it stands for."""

    section: str
    place: str
    project: str
    head: str
    what: str
    colour: str
    since: str
    as_of: str
    reason: str
    why: Explanation | None
    link: str
    answer: str  # the alert's own page, where it can be acknowledged or silenced
    count: int


@dataclass(frozen=True)
class Composed:
    """A mail as a row of ``Message``, and the rows of ``Telling`` that say what it tells."""

    row: dict[str, Any]
    tellings: pl.DataFrame


class Desk:
    """Where the mails of one judgement are written. Reads each policy version once."""

    def __init__(
        self, connection: sa.Connection, places: Mapping[str, Any], office: Office, occasion: Occasion
    ) -> None:
        self._places, self._office, self._occasion = places, office, occasion
        demonstrations = sa.select(Programme.code).where(Programme.demonstration)
        self._demonstrations = frozenset(connection.scalars(demonstrations))
        self._policy = cache(lambda version: stored_policy(connection, version))

    def letter(self, post: Post, key: str) -> Composed:
        """One person's mail with its permanent key."""
        t, office, at = words(post.recipient.language), self._office, self._occasion.at
        items, more = self._items(post.lines, t)
        identity, hours = str(uuid.uuid4()), office.hours
        late = order_lines(post.overdue, self._places, office.base_url, t)
        context = self._context(post, items, more, t) | {"late": late}
        row = {
            "city": post.recipient.place,
            "id": identity,
            "dedupe_key": key,
            "recipient": post.recipient.email,
            "language": t.language,
            "subject": subject(items[0], post.lines.height, t) if items else late_subject(late, t),
            "body_text": TEMPLATES.get_template("alerts.txt.j2").render(context),
            "body_html": TEMPLATES.get_template("alerts.html.j2").render(context),
            "message_id": f"<pd-{identity}@{office.domain}>",
            "state": str(MessageState.QUEUED),
            "due_at": at if hours is None else working_moment(at, hours.opens, hours.closes),
            "attempts": 0,
            "created_at": at,
        }
        told = post.lines.select(
            "city", "alert", "seq", message=pl.lit(identity), told_on=pl.lit(local_day(at))
        )
        return Composed(row, told.with_columns(recipient=pl.lit(post.recipient.email)))

    def _context(self, post: Post, items: list[Item], more: int, t: Words) -> dict[str, Any]:
        sections = [
            (t(title), [item for item in items if item.section == section])
            for section, title in _TITLES.items()
            if any(item.section == section for item in items)
        ]
        return {
            "t": t,
            "sections": sections,
            "more": more,
            "on": t.day(self._occasion.on),
            "policy": self._judged_by(post.lines, t),
            "language": t.language.replace("_", "-"),
            "demonstration": self._made_up(post),
            "silenced": post.silenced,
            "all_link": f"{self._office.base_url}/alerts",
            "orders_link": f"{self._office.base_url}/orders?overdue=1",
        }

    def _made_up(self, post: Post) -> bool:
        """Is a line about a programme whose figures are made up? Orders alone do not say: then any is enough."""
        told = set(post.lines["programme"].drop_nulls())
        return bool(self._demonstrations & told if told else self._demonstrations)

    def _judged_by(self, lines: pl.DataFrame, t: Words) -> str:
        """The versions that judged what a mail tells, those that have a name with it."""
        policies = [self._policy(version) for version in lines["policy"].unique().sort()]
        told = (f"{p.version} ({t(p.name)})" if p.name else str(p.version) for p in policies)
        return t.pick("、", ", ").join(told)

    def _items(self, lines: pl.DataFrame, t: Words) -> tuple[list[Item], int]:
        """The first lines written out, and how many alerts the others are."""
        rows = _grouped(lines)
        items = [self._item(row, t) for row in rows.head(ITEMS_SHOWN).to_dicts()]
        return items, lines.height - sum(item.count for item in items)

    def _item(self, row: Mapping[str, Any], t: Words) -> Item:
        policy = self._policy(row["policy"])
        limits = policy.rules.get(row["rule"])
        where = name_of(self._places, row["city"], t)
        label = t(limits.title) if limits else row["rule"]
        ended = row["section"] == Section.RESOLVED
        what = t.label("resolved") if ended else t.label(row["after"])
        many = row["count"] > 1
        project = "" if many else row["project"]
        name = _several(row, t) if many else row["name"] or ""
        return Item(
            section=row["section"],
            place=where,
            project=project,
            head=" ".join(part for part in (where, project, name) if part),
            what=f"{label} {what}",
            colour=_COLOURS[None if ended else row["after"]],
            since=t.day(row["opened_on"]),
            as_of=t.day(row["newest"]),
            reason=self._reason(row, policy, t),
            why=None if many or row["section"] == Section.AGAIN else _why(row, policy, t),
            link=f"{self._office.base_url}/{_page(row)}",
            answer="" if many or ended else self._answer(row),
            count=row["count"],
        )

    def _answer(self, row: Mapping[str, Any]) -> str:
        return f"{self._office.base_url}/alerts?" + urlencode({"city": row["city"], "alert": row["alert"]})

    def _laid(self, row: Mapping[str, Any], t: Words) -> str:
        """By whom it was laid on its reader, and what goes with it."""
        if row["laid_note"]:
            return t("{by}: {note}", by=row["laid_by"] or "", note=row["laid_note"])
        return t("Assigned to you by {by}.", by=row["laid_by"] or "")

    def _reason(self, row: Mapping[str, Any], policy: Policy, t: Words) -> str:
        if row["section"] == Section.ACKNOWLEDGED:
            return t("{by}: {note}", by=row["by"] or "", note=row["note"] or "")
        if row["section"] == Section.ASSIGNED:
            return self._laid(row, t)
        if row["section"] == Section.AGAIN:
            days = (local_day(self._occasion.at) - row["opened_on"]).days
            return t("Open for {n} days and not acknowledged.", n=t.number(days, 0))
        limits = policy.rules.get(row["rule"])
        if row["count"] > 1:
            return t(limits.action) if limits and row["section"] != Section.RESOLVED else ""
        return reason_text(row["reason"], limits, t)


def subject(first: Item, count: int, t: Words) -> str:
    """The subject line: the worst item and how many there are. A name that no header may carry is left out."""
    text = mark("[Pilot Dispatch] {place} {project} {what} ({count} in all)")
    what = f"{first.what} {t(_TITLES[Section.AGAIN])}" if first.section == Section.AGAIN else first.what
    values = {"place": first.place, "what": what, "count": count}
    try:
        return header_text(t(text, project=first.project, **values))
    except HeaderRefused:
        return header_text(t(text, project="", **values))


def _grouped(lines: pl.DataFrame) -> pl.DataFrame:
    """A row a line, with ``count`` and ``projects``; those of grouped rules, of one city and severity, together."""
    together = pl.concat_str("city", "rule", pl.col("after").fill_null(""), "section", separator="|")
    group = pl.when("grouped").then(together).otherwise("alert")
    return (
        lines.with_columns(group=group)
        .group_by("group", maintain_order=True)
        .agg(
            pl.exclude("project").first(),
            pl.col("project").first(),
            count=pl.len(),
            projects=pl.col("project"),
        )
    )


def _several(row: Mapping[str, Any], t: Words) -> str:
    named = t.pick("、", ", ").join(row["projects"][:_NAMED])
    text = (
        mark("{n} projects: {names}") if row["count"] <= _NAMED else mark("{n} projects: {names} and others")
    )
    return t(text, n=t.number(row["count"], 0), names=named)


def _why(row: Mapping[str, Any], policy: Policy, t: Words) -> Explanation | None:
    try:
        return explain_stored(row["explanation"], row["rule"], policy, t)
    except (KeyError, json.JSONDecodeError):
        return None


def _page(row: Mapping[str, Any]) -> str:
    """The page that shows what the line is about: the project's, the city's, or the city's alerts of a rule."""
    if row["count"] > 1:
        return "alerts?" + urlencode({"city": row["city"], "rule": row["rule"]})
    if row["project"]:
        return "project?" + urlencode({"city": row["city"], "project": row["project"]})
    return "city?" + urlencode({"city": row["city"]})
