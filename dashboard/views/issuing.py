"""Issuing a dispatch order: from an alert, on a project, or on a city; and the orders there are on it already.

Offered to those who decide for the city, to desks below theirs. The number of working days a chosen day gives
stands beside it.
"""

import uuid
from dataclasses import dataclass
from datetime import date

import streamlit as st

from alerts.order_rights import tier_of
from alerts.order_terms import carried_terms
from alerts.orders import LONGEST, Wish, issue
from dashboard import parts, reference
from dashboard.views import order_words
from dashboard.views.order_words import standing
from dashboard.visit import Visit
from models import clock
from models.places import XPCC
from models.queries import orders
from models.queries.orders import OrdersWanted
from models.vocabulary import TIERS, Cause, Tier


@dataclass(frozen=True)
class About:
    """What an order would be about. ``project`` None: the city itself; ``alert`` and ``rule`` where one speaks."""

    city: str
    project: str | None = None
    alert: str | None = None
    rule: str | None = None

    @property
    def key(self) -> str:
        return self.alert or f"{self.city}-{self.project or ''}"


def draw(visit: Visit, about: About) -> None:
    """A section: the orders on this, and the form of those who may issue one."""
    t = visit.words
    wanted = OrdersWanted(
        cities=frozenset({about.city}), project=about.project or "", rule=about.rule if about.alert else None
    )
    rows = [standing(visit, row) for row in orders.listed(visit.db, visit.scope, wanted, limit=50)]
    may = bool(tiers(visit, about.city))
    if not rows and not may:
        return
    parts.heading(t("Dispatch orders"))
    if rows:
        rows.sort(key=lambda row: row.urgency)
        parts.show(order_words.table(visit, rows, reference.names(visit.db)))
    open_already = about.alert is not None and any(row.stand.closed_on is None for row in rows)
    if may and not open_already:
        offer(visit, about)


def offer(visit: Visit, about: About) -> None:
    """The form by which an order is issued; nothing for those who have no desk to lay it on."""
    t = visit.words
    desks = tiers(visit, about.city)
    if not desks:
        return
    asked_for = "issue" in st.query_params
    with st.expander(t("Issue a dispatch order"), icon=":material/assignment_late:", expanded=asked_for):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            tier = st.radio(
                t("Laid on"),
                desks,
                format_func=lambda one: desk_name(visit, one),
                horizontal=True,
                key=_key(about, "tier"),
            )
            days = _days(visit, about)
        with st.form(_key(about, "form"), border=False):
            people = orders.desk_people(visit.db, visit.scope, about.city, tier)
            named = _named(visit, about, tier, people)
            left, right = st.columns(2)
            cause = left.selectbox(
                t("Cause"),
                list(Cause),
                index=None,
                format_func=t.label,
                key=_key(about, "cause"),
                placeholder="—",
            )
            cause_note = right.text_input(
                t("Note on the cause"), max_chars=500, key=_key(about, "cause-note")
            )
            asked = st.text_area(t("What is asked"), max_chars=LONGEST, key=_key(about, "asked"))
            if st.form_submit_button(t("Issue the order"), type="primary"):
                if cause is None:
                    st.error(t("Choose the cause."))
                    return
                said = {"cause": cause, "cause_note": cause_note, "asked": asked, "named": tuple(named)}
                _issue(visit, about, tier, days, said)


def _key(about: About, name: str) -> str:
    return f"issue-{name}-{about.key}"


def tiers_below(visit: Visit) -> list[Tier]:
    """The desks below the reader's."""
    return list(TIERS[: TIERS.index(tier_of(visit.scope.role))])


def tiers(visit: Visit, city: str) -> list[Tier]:
    """The desks on which the reader may lay an order about a place: none for those who do not decide there.

    A province itself has no city's desk.
    """
    if not visit.scope.decides(city):
        return []
    place, below = reference.names(visit.db).get(city), tiers_below(visit)
    if place is not None and place.province == city and city != XPCC:
        below = [tier for tier in below if tier != Tier.CITY]
    return below


def desk_name(visit: Visit, tier: Tier) -> str:
    """A desk in words."""
    t = visit.words
    return t("The city's desk") if tier == Tier.CITY else t("The province's desk")


def _days(visit: Visit, about: About) -> tuple[date, date]:
    """Reply and rectification date, each with the working days it gives."""
    t, terms, found = visit.words, carried_terms(), []
    for name, label, days in (
        ("answer", t("Reply by"), terms.answer),
        ("rectify", t("Rectify by"), terms.rectification),
    ):
        with st.container(width=230):
            on = st.date_input(
                label,
                clock.add_workdays(visit.today, days),
                min_value=visit.today,
                key=_key(about, name),
                help=t("The suggestion is our default; no rule of the programme sets this term."),
            )
            last = clock.workday_from(on)
            count = t.number(clock.workdays_between(visit.today, last), 0)
            said = t("{n} working days from today", n=count)
            if last != on:
                said = t(
                    "no working day; the term ends on {day}, {n} working days from today",
                    day=t.day(last),
                    n=count,
                )
            st.caption(said)
        found.append(on)
    return found[0], found[1]


def _named(visit: Visit, about: About, tier: Tier, people: dict[str, str]) -> list[str]:
    t = visit.words
    if not people:
        st.caption(
            t("Nobody has an account at this desk yet: no mail will go out, the order stands on its page.")
        )
        return []
    return st.multiselect(
        t("In person (may stay empty: everybody at the desk)"),
        list(people),
        format_func=lambda email: people.get(email, email),
        key=_key(about, f"named-{tier}"),
        placeholder="—",
    )


def _issue(visit: Visit, about: About, tier: Tier, days: tuple[date, date], said: dict) -> None:
    t = visit.words
    identity = st.session_state.setdefault(_key(about, "id"), str(uuid.uuid4()))
    wish = Wish(
        by=visit.scope,
        city=about.city,
        to_level=tier,
        answer_by=days[0],
        rectify_by=days[1],
        at=visit.now,
        project=about.project,
        alert=about.alert,
        id=identity,
        **said,
    )
    refusal = issue(visit.db, wish, office=visit.office)
    if refusal is not None:
        st.error(t(refusal))
        return
    for name in [
        name for name in st.session_state if str(name).startswith("issue-") and str(name).endswith(about.key)
    ]:
        del st.session_state[name]
    st.query_params.pop("issue", None)
    st.toast(t("Issued. The desk is told by mail."))
    st.rerun()
