"""A line as a chain (108-I.2): its members drawn from suppliers to customers, who lags, and whom that exposes.

The same stands in a table below. Names of members in other cities are part of the line's own report; a link
to a city's page is given only within the reader's scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from alerts.edges import Edge
from alerts.policy import Policy
from dashboard import network, parts
from dashboard.filters import Filters
from dashboard.network import Drawing, Node
from dashboard.parts import joined
from dashboard.visit import Visit
from models.places import NATION, XPCC
from models.queries.pieces import line_links
from models.vocabulary import Light, Severity
from models.words import Words

#: Whose edges say who lags: the chain-owner's rule, for every member.
RULE = "lagging_owner"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """The members with their lights, and where each stands."""

    rows: Sequence[Row]
    drawing: Drawing


def draw(visit: Visit, found: Filters, row: Row, policy: Policy, *, known_at: datetime | None) -> None:
    """The chain of a line, or why there is none to draw. ``row``: of ``facts``."""
    t = visit.words
    parts.heading(t("The line as a chain"))
    told = line_links(visit.db, visit.scope, dict(row), found.day.on, known_at=known_at or visit.now)
    if told.is_empty():
        parts.nothing(
            t("No member of this line was reported"),
            t(
                "The chain is drawn from the form “members of a line”, which the lead city hands in. Until then nothing is known of who delivers to whom, or of who lags."
            ),
        )
        return
    rows = with_lights(told, policy).to_dicts()
    line = Line(rows, network.layout(rows))
    for said in _sayings(line, policy, t):
        st.caption(said)
    alt = t("The line from suppliers on the left over the chain-owner to customers on the right")
    parts.chart(visit, "network", chart_rows(line, t), alt)
    _table(visit, found, line)


def with_lights(told: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The links with ``light``: how far behind its plan each member is, by the edges of RULE."""
    behind, rule = pl.col("lag") / 100, policy.rules.get(RULE)
    light = pl.lit(str(Light.GREEN))
    for severity, edge in rule.edges() if rule else ():
        colour = Light.RED if severity == Severity.RED else Light.YELLOW
        light = pl.when(edge.passed(behind)).then(pl.lit(str(colour))).otherwise(light)
    unknown = pl.col("lag").is_null()
    return told.with_columns(light=pl.when(unknown).then(pl.lit(str(Light.MISSING))).otherwise(light))


# --- in words ----------------------------------------------------------------------------------------------


def lag_words(lag: int | None, t: Words) -> str:
    """How far behind its plan, or ahead of it."""
    if lag is None:
        return t("Not reported")
    if lag == 0:
        return t("on plan")
    return t("behind by {points}" if lag > 0 else "ahead by {points}", points=t.points(abs(lag) / 100))


def slack_words(days: int | None, t: Words) -> str | None:
    """The days of slack an exposed member has left; None where nobody exposes it."""
    if days is None:
        return None
    return t("short by {n} days" if days < 0 else "{n} days of slack", n=t.number(abs(days), 0))


def edge_words(edge: Edge | None, t: Words) -> str:
    """From how many points behind an edge speaks."""
    if edge is None:
        return "—"
    points = t.points(edge.value)
    return t("{points} or more" if edge.inclusive else "more than {points}", points=points)


def place_words(column: int, t: Words) -> str:
    """Which place in the chain a column is."""
    if column == 0:
        return t("The chain-owner's level")
    return t("Upstream, level {n}" if column < 0 else "Downstream, level {n}", n=abs(column))


def _sayings(line: Line, policy: Policy, t: Words) -> list[str]:
    rows = line.rows
    owner = next((row for row in rows if row["tier"] == 0), None)
    cities = {row["member_city"] for row in rows if row["member_city"]}
    text = t(
        "{n} members in {cities} cities, as of {day}.",
        n=len(rows),
        cities=len(cities),
        day=t.day(rows[0]["as_of"]),
    )
    said = [t.pick("", " ").join((text, _exposure(rows, owner, t))), _key(policy, t)]
    if line.drawing.adrift:
        said.append(
            t(
                "{n} members deliver to nobody of this line, or in a circle; they are drawn by their tier.",
                n=len(line.drawing.adrift),
            )
        )
    return said


def _exposure(rows: Sequence[Row], owner: Row | None, t: Words) -> str:
    """Whether the chain-owner lags, and how many wait for it."""
    exposed = [row for row in rows if row["exposed_by"]]
    if owner is None:
        return t("No member of tier 0 is told: the chain-owner is unknown.")
    if exposed:
        return t(
            "The chain-owner {owner} is {lag}: {n} members are exposed, {short} of them without slack.",
            owner=parts.escape(owner["member_name"]),
            lag=lag_words(owner["lag"], t),
            n=len(exposed),
            short=sum((row["slack_days"] or 0) < 0 for row in exposed),
        )
    if owner["lag"] is None:
        return t("The chain-owner's progress is not reported: whom it exposes is unknown.")
    if owner["lag"] > 0:
        return t(
            "The chain-owner {owner} is {lag}; no other member is told.",
            owner=parts.escape(owner["member_name"]),
            lag=lag_words(owner["lag"], t),
        )
    return t("The chain-owner is not behind its plan: nobody is exposed by it.")


def _key(policy: Policy, t: Words) -> str:
    rule = policy.rules.get(RULE)
    edges = dict(rule.edges()) if rule else {}
    return t(
        "■ behind its plan by {red}; ▲ by {yellow}; ● less, or ahead; ○ not reported. The edges are those for a chain-owner. Dashed: exposed; slack is days at the line's own even pace.",
        red=edge_words(edges.get(Severity.RED), t),
        yellow=edge_words(edges.get(Severity.YELLOW), t),
    )


# --- drawn -------------------------------------------------------------------------------------------------


def chart_rows(line: Line, t: Words) -> list[dict[str, Any]]:
    """Rows of the chart ``network``."""
    known = {row["member"]: row for row in line.rows}
    at = {node.key: node for node in line.drawing.nodes}
    columns = sorted({node.column for node in at.values()})
    common = {"columns": len(columns)}
    heads = [
        {"what": "head", "column": column, "slot": -1, "name": place_words(column, t)} for column in columns
    ]
    nodes = [
        {"what": "node", "column": node.column, "slot": node.slot} | _node(node, known, t)
        for node in at.values()
    ]
    ends = [
        {"what": "edge", "edge": number, "exposed": edge.exposed, "column": node.column, "slot": node.slot}
        for number, edge in enumerate(line.drawing.edges)
        for node in (at[edge.source], at[edge.target])
    ]
    return [row | common for row in (*ends, *heads, *nodes)]


def _node(node: Node, known: Mapping[str, Row], t: Words) -> dict[str, Any]:
    if node.folded:
        name = t("and {n} more, in the table", n=len(node.folded))
        return {"name": name, "status": "", "said": name, "mark": "…", "light": str(Light.MISSING)}
    row = known[node.key]
    said = [lag_words(row["lag"], t), slack_words(row["slack_days"], t), row["member_city"]]
    return {
        "name": row["member_name"],
        "status": " · ".join(one for one in said if one),
        "said": " · ".join((parts.status(row["light"], t), *(one for one in said if one))),
        "mark": parts.SHAPES[row["light"]],
        "light": row["light"],
    }


# --- listed ------------------------------------------------------------------------------------------------


def _table(visit: Visit, found: Filters, line: Line) -> None:
    t, columns = visit.words, line.drawing.columns
    heads = [
        (t("Place in the chain"), "pd-s"),
        (t("Enterprise"), "pd-w"),
        (t("City"), "pd-s"),
        (t("Delivers to"), ""),
        (t("Planned"), "pd-n"),
        (t("Reached"), "pd-n"),
        (t("Against its plan"), "pd-s"),
        (t("Slack left"), "pd-s"),
    ]
    codes = {place.name_zh: code for code, place in found.known.places.items()}
    codes |= {code: code for code in found.known.places}
    rows = sorted(line.rows, key=lambda row: columns[row["member"]])
    cells = [
        (
            t("Chain-owner") if row["tier"] == 0 else place_words(columns[row["member"]], t),
            row["member_name"],
            _city(visit, found, codes.get((row["member_city"] or "").strip())) or row["member_city"],
            _customer(row, t),
            t.percent(row["planned"]),
            t.percent(row["actual"]),
            parts.light_html(row["light"], t, lag_words(row["lag"], t)),
            slack_words(row["slack_days"], t),
        )
        for row in rows
    ]
    parts.show(parts.table(heads, cells, t("The members of this line")))


def _customer(row: Row, t: Words) -> object:
    if not row["upstream_of"]:
        return None
    if row["upstream_of_name"] is None:
        return t("{code}, no member of this line", code=row["upstream_of"])
    if row["crosses"]:
        return joined([row["upstream_of_name"], t("(in another city)")])
    return row["upstream_of_name"]


def _city(visit: Visit, found: Filters, code: str | None) -> object:
    """A place by name, with a link where it is a city that the reader may see; None where it is no place."""
    if code is None:
        return None
    place = found.known.places[code]
    name = visit.words.pick(place.name_zh, place.name_en)
    if (code in (NATION, place.province) and code != XPCC) or not visit.scope.covers(code):
        return name
    return parts.anchor(name, parts.link("city", visit, city=code))
