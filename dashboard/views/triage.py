"""Choosing several alerts of the list, with a box for each, and where the acts over them stand (``triage_acts``).

What is chosen lives in the session, for one list: other filters, another choice. It names alerts and no right; the acts
ask for rights anew. Boxes are Streamlit's own, so keyboard, screen reader and phone need nothing special.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from alerts.assigning import may_assign
from alerts.selected import MOST, Key
from dashboard import parts
from dashboard.views import alert, reported, rules, triage_acts
from dashboard.visit import Visit
from models import clock
from models.access import Action
from models.queries import alert_list, places
from models.queries.alert_list import Wanted
from models.queries.places import name_of
from models.vocabulary import Severity
from models.words import mark

#: Alerts on one page of the choice.
PAGE = 50

#: In the address: several alerts are being chosen.
CHOOSE = "choose"

#: The colour of a severity in a label; its shape and word stand beside it.
_COLOURS = {Severity.RED: "red", Severity.YELLOW: "orange"}

_CHOSEN, _FOR, _AT, _GROUP = "triage-chosen", "triage-for", "triage-at", "triage-group"

#: What the list can be grouped by, and the columns that make a group.
_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": (mark("No groups"), ()),
    "rule": (mark("By rule"), ("rule",)),
    "subject": (mark("By project"), ("city", "project")),
    "city": (mark("By city"), ("city",)),
}


def open_to(visit: Visit) -> bool:
    """Is there anything this reader may do with several alerts?"""
    return visit.may(Action.DECIDE) or visit.may(Action.ANSWER) or may_assign(visit.scope)


def choosing(visit: Visit, wanted: Wanted) -> bool:
    """Are several alerts of this list being chosen now?"""
    return CHOOSE in st.query_params and wanted.open and open_to(visit)


def lead_in(visit: Visit, wanted: Wanted) -> None:
    """The button that leads into choosing, for those who may do anything with it."""
    if wanted.open and open_to(visit):
        label = visit.words("Choose several")
        st.button(label, icon=":material/checklist:", key="triage-switch", on_click=_switch, args=(True,))


def group() -> str:
    """What the list is grouped by: a code of ``alert_list.GROUPS``, "" for nothing."""
    found = st.session_state.get(_GROUP, "")
    return found if found in _GROUPS else ""


def start(wanted: Wanted, total: int) -> int:
    """How many alerts lie before the page of the choice; back to none when the list is another."""
    if st.session_state.get(_FOR) != wanted:
        st.session_state[_FOR], st.session_state[_AT], st.session_state[_CHOSEN] = wanted, 0, {}
    at = st.session_state.get(_AT, 0)
    return at if at < total else 0


def draw(
    visit: Visit, wanted: Wanted, rows: pl.DataFrame, total: int, standing: Mapping[Any, tuple[str, str]]
) -> None:
    """What is chosen, what can be done with it, and the page of the list with its boxes.

    ``rows``: a page of ``alert_list.alerts`` with its silences. ``standing``: open orders by subject and rule.
    """
    chosen: dict[Key, bool] = st.session_state.setdefault(_CHOSEN, {})
    triage_acts.tell(visit)
    _bar(visit, wanted, rows, total, chosen)
    if chosen:
        triage_acts.offer(visit, tuple(chosen), done=_none)
    found = [_Line(visit, row, standing) for row in rows.iter_rows(named=True)]
    columns = _GROUPS[group()][1]
    if not columns:
        _boxes(found, chosen)
    for lines in _grouped(found, columns) if columns else ():
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.show(parts.wrapped("h3", lines[0].title(group()), "pd-m"))
            keys = tuple(line.key for line in lines)
            label = visit.words("Choose these {n}", n=len(keys))
            st.button(label, key=f"triage-group-{keys[0]}", type="tertiary", on_click=_add, args=(keys,))
        _boxes(lines, chosen)
    _pager(visit, rows.height, total)


class _Line:
    """An alert of the list: its key, and what its box says."""

    def __init__(self, visit: Visit, row: Mapping[str, Any], standing: Mapping[Any, tuple[str, str]]) -> None:
        self._visit, self._row = visit, row
        self._order = standing.get((row["city"], row["project"], row["rule"]))
        self.key: Key = (row["city"], row["id"])

    @property
    def _rule(self) -> str:
        policy = rules.policy(self._visit.db, self._row["policy"])
        return rules.title(self._row["rule"], policy, self._visit.words)

    @property
    def _where(self) -> str:
        return name_of(places.names(self._visit.db), self._row["city"], self._visit.words)

    def title(self, by: str) -> str:
        """What the group of this line is called."""
        if by == "rule":
            return self._rule
        subject = self._row["name"] or self._row["project"]
        return f"{self._where} · {subject}" if by == "subject" and subject else self._where

    def label(self) -> str:
        """Markdown: severity, rule with a link to the alert, whom it is about, since when, and what holds."""
        t, row = self._visit.words, self._row
        page = reported.page_of(self._visit, row["city"], row["id"])
        subject = " ".join(part for part in (self._where, row["name"] or row["project"]) if part)
        said = [
            f":{_COLOURS[row['severity']]}[{parts.severity(row['severity'], t)}]",
            f"[{parts.escape(self._rule)}]({page})",
        ]
        said += [parts.escape(subject), t("since {day}", day=t.day(row["opened_on"])), *self._holds()]
        return " · ".join(said)

    def _holds(self) -> list[str]:
        t, row = self._visit.words, self._row
        limits = rules.policy(self._visit.db, row["policy"]).rules.get(row["rule"])
        found = []
        if alert.is_acknowledged(row["acknowledged_on"], limits, self._visit.today):
            found.append(t("Acknowledged"))
        if row["silence"]:
            found.append(t("Silenced until {day}", day=t.day(clock.local_day(row["until_at"]))))
        if row["assignee"]:
            found.append(t("assigned to {who}", who=parts.escape(row["assignee_name"] or row["assignee"])))
        if self._order:
            found.append(t("Dispatch order {number}", number=self._order[1]))
        return [f":gray[{one}]" for one in found]


def _bar(visit: Visit, wanted: Wanted, rows: pl.DataFrame, total: int, chosen: Mapping[Key, bool]) -> None:
    t = visit.words
    page = tuple((row["city"], row["id"]) for row in rows.select("city", "id").iter_rows(named=True))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{t('{n} chosen', n=t.number(len(chosen), 0))}**", width="content")
        if len(page) < total:
            label = t("Choose this page ({n})", n=len(page))
            st.button(label, key="triage-page", on_click=_add, args=(page,))
        label = t("Choose all {n} that match", n=t.number(total, 0))
        if total > MOST:
            label = t("Choose the first {n} that match", n=t.number(MOST, 0))
        st.button(label, key="triage-all", on_click=_all, args=(visit, wanted))
        st.button(t("Choose none"), key="triage-none", on_click=_none, disabled=not chosen)
        st.selectbox(
            t("Groups"),
            list(_GROUPS),
            format_func=lambda code: t(_GROUPS[code][0]),
            key=_GROUP,
            width=150,
            label_visibility="collapsed",
            on_change=_first_page,
        )
        st.button(
            t("Back to the list"),
            icon=":material/list:",
            key="triage-switch",
            type="tertiary",
            on_click=_switch,
            args=(False,),
        )
    if not chosen:
        st.caption(
            t(
                "Choose alerts, then what to do with them. A choice holds for this list; other filters begin anew."
            )
        )


def _boxes(lines: Sequence[_Line], chosen: Mapping[Key, bool]) -> None:
    for line in lines:
        widget = f"triage-box-{line.key[0]}-{line.key[1]}"
        st.session_state[widget] = line.key in chosen
        st.checkbox(line.label(), key=widget, on_change=_box, args=(line.key, widget))


def _grouped(lines: Sequence[_Line], columns: tuple[str, ...]) -> list[list[_Line]]:
    found: dict[tuple[Any, ...], list[_Line]] = {}
    for line in lines:
        found.setdefault(tuple(line._row[name] for name in columns), []).append(line)
    return list(found.values())


def _pager(visit: Visit, shown: int, total: int) -> None:
    t, at = visit.words, st.session_state.get(_AT, 0)
    if total <= PAGE:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("Earlier"), key="triage-earlier", disabled=not at, on_click=_turn, args=(-PAGE,))
        said = t("{first} to {last} of {all}", first=at + 1, last=at + shown, all=t.number(total, 0))
        st.caption(said, width="content")
        st.button(t("Later"), key="triage-later", disabled=at + shown >= total, on_click=_turn, args=(PAGE,))


def _switch(on: bool) -> None:
    if on:
        st.query_params[CHOOSE] = "1"
        return
    st.query_params.pop(CHOOSE, None)
    _none()


def _box(key: Key, widget: str) -> None:
    chosen = st.session_state.setdefault(_CHOSEN, {})
    if st.session_state[widget]:
        chosen[key] = True
    else:
        chosen.pop(key, None)


def _add(keys: Sequence[Key]) -> None:
    st.session_state.setdefault(_CHOSEN, {}).update(dict.fromkeys(keys, True))


def _all(visit: Visit, wanted: Wanted) -> None:
    _none()
    _add(alert_list.keys(visit.db, visit.scope, wanted, limit=MOST))


def _none() -> None:
    st.session_state[_CHOSEN] = {}


def _turn(by: int) -> None:
    st.session_state[_AT] = max(0, st.session_state.get(_AT, 0) + by)


def _first_page() -> None:
    st.session_state[_AT] = 0
