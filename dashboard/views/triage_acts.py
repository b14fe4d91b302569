"""What can be done with the chosen alerts: acknowledge, silence, order, lay on a person; and what it came to.

Each form is one act in one transaction. It says how many were done, how many not and why, and how many needed
nothing; what can be undone is, by a button beside it. Rights are asked by the act, alert by alert.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import streamlit as st

from alerts import assigning, handling, ordering, silences
from alerts.assigning import LONGEST_NOTE
from alerts.order_terms import carried_terms
from alerts.ordering import Terms
from alerts.orders import LONGEST
from alerts.selected import Chosen, Key, Outcome
from dashboard.views import issuing, linking, silencing
from dashboard.visit import Visit
from models import clock
from models.access import Action
from models.clock import CHINA
from models.queries import alert_list, places
from models.queries.places import name_of
from models.vocabulary import Cause
from models.words import mark

_TOLD, _TURN = "triage-told", "triage-turn"

#: The longest terms offered, in working days.
_LONGEST_TERM = 250


@dataclass(frozen=True)
class _Told:
    """What an act came to, shown after the rerun. ``undo`` gives the outcome of undoing it."""

    what: str
    outcome: Outcome
    undo: Callable[[Visit], Outcome] | None = None


def offer(visit: Visit, keys: Sequence[Key], *, done: Callable[[], None]) -> None:
    """The acts open to this reader, and the form of the one that was picked. ``done`` forgets the choice."""
    t = visit.words
    acts = {name: label for name, (label, _, may) in _ACTS.items() if may(visit)}
    with st.container(border=True):
        picked = st.radio(
            t("What to do with them"),
            list(acts),
            format_func=lambda name: t(acts[name]),
            horizontal=True,
            key="triage-act",
        )
        told = _ACTS[picked][1](visit, keys) if picked else None
    if told is None:
        return
    if told.outcome.refusal:
        st.error(t(told.outcome.refusal))
        return
    st.session_state[_TOLD] = told
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    done()
    st.rerun()


def tell(visit: Visit) -> None:
    """What the last act came to; with the button that undoes it, once."""
    told: _Told | None = st.session_state.get(_TOLD)
    if told is None:
        return
    t, came = visit.words, told.outcome
    said = [f"**{t(told.what)}** {t('Done: {n}.', n=t.number(len(came.done), 0))}"]
    if came.already:
        said.append(t("Was so already: {n}.", n=t.number(came.already, 0)))
    said += [
        t("Not done: {n}. {why}", n=t.number(n, 0), why=t(why)) for why, n in sorted(came.refused.items())
    ]
    (st.success if came.done and not came.refused else st.warning)("  \n".join(said))
    with st.container(horizontal=True):
        if (
            told.undo is not None
            and came.done
            and st.button(t("Undo"), key="triage-undo", icon=":material/undo:")
        ):
            st.session_state[_TOLD] = _Told(mark("Undone."), told.undo(visit))
            st.rerun()
        if st.button(t("Hide"), key="triage-hide", type="tertiary"):
            del st.session_state[_TOLD]
            st.rerun()


def _key(name: str) -> str:
    """A widget's key; it changes with each act done, so that the next form is empty."""
    return f"triage-{name}-{st.session_state.get(_TURN, 0)}"


def _submit(visit: Visit, label: str) -> bool:
    said = visit.words("{key} does the same.", key=linking.SEND)
    return st.form_submit_button(label, type="primary", shortcut=linking.SEND, help=said)


def _acknowledging(visit: Visit, keys: Sequence[Key]) -> _Told | None:
    t = visit.words
    with st.form(_key("acknowledge"), border=False):
        note = st.text_input(t("What is being done about it"), max_chars=500, key=_key("note"))
        st.caption(
            t("It leaves the “new” part of mails, and is not said again. Worsening ends the acknowledgement.")
        )
        if not _submit(visit, t("Acknowledge {n} alerts", n=len(keys))):
            return None
    came = handling.acknowledge_all(visit.db, Chosen(visit.scope, keys, visit.now), note=note)

    def undo(later: Visit) -> Outcome:
        return handling.take_back(later.db, Chosen(later.scope, came.done, later.now))

    return _Told(mark("Acknowledged."), came, undo)


def _silencing(visit: Visit, keys: Sequence[Key]) -> _Told | None:
    t = visit.words
    with st.form(_key("silence"), border=False):
        until = st.date_input(
            t("Until (end of the day)"),
            visit.today + timedelta(days=7),
            min_value=visit.today,
            max_value=visit.today + silences.LONGEST - timedelta(days=1),
            key=_key("until"),
        )
        reason = st.text_input(t("Why it is silenced"), max_chars=500, key=_key("reason"))
        st.caption(t("Nothing is sent of them until then; they live on all the same. It ends by itself."))
        if not _submit(visit, t("Silence {n} alerts", n=len(keys))):
            return None
    at = datetime.combine(until, time(23, 59, 59), CHINA)
    came = silences.silence_all(visit.db, Chosen(visit.scope, keys, visit.now), until=at, reason=reason)

    def undo(later: Visit) -> Outcome:
        return silences.end_silences(later.db, later.scope, list(came.made), at=later.now)

    return _Told(mark("Silenced."), came, undo)


def _ordering(visit: Visit, keys: Sequence[Key]) -> _Told | None:
    t, terms = visit.words, carried_terms()
    subjects = alert_list.subjects(visit.db, visit.scope, keys)
    st.caption(
        t(
            "One order for each of the {n} projects or places, gathering the alerts chosen of it; each desk gets one mail.",
            n=t.number(subjects, 0),
        )
    )
    with st.container(horizontal=True, vertical_alignment="top"):
        tiers = issuing.tiers_below(visit)
        tier = st.radio(
            t("Laid on"),
            tiers,
            format_func=lambda one: issuing.desk_name(visit, one),
            horizontal=True,
            key=_key("tier"),
        )
        answer_by = _term(visit, "answer", t("Reply within working days"), terms.answer)
        rectify_by = _term(visit, "rectify", t("Rectify within working days"), terms.rectification)
    with st.form(_key("order"), border=False):
        left, right = st.columns(2)
        cause = left.selectbox(
            t("Cause"), list(Cause), index=None, format_func=t.label, key=_key("cause"), placeholder="—"
        )
        cause_note = right.text_input(t("Note on the cause"), max_chars=500, key=_key("cause-note"))
        asked = st.text_area(t("What is asked"), max_chars=LONGEST, key=_key("asked"))
        if not _submit(visit, t("Issue {n} orders", n=subjects)):
            return None
    if cause is None:
        st.error(t("Choose the cause."))
        return None
    wish = Terms(tier, cause, asked, answer_by, rectify_by, cause_note)
    came = ordering.issue_all(visit.db, Chosen(visit.scope, keys, visit.now), wish, office=visit.office)
    return _Told(mark("Orders issued; an order is closed on its own page."), came)


def _term(visit: Visit, name: str, label: str, days: int) -> date:
    t = visit.words
    with st.container(width=230):
        count = st.number_input(label, 1, _LONGEST_TERM, days, key=_key(name))
        day = clock.add_workdays(visit.today, int(count))
        st.caption(t("until {day}, by the Chinese working calendar", day=t.day(day)))
    return day


def alone(visit: Visit, key: Key) -> None:
    """The form that lays one alert on a person, on the alert's own page."""
    if not assigning.may_assign(visit.scope):
        return
    with st.expander(visit.words("Assign to a person")):
        told = _laying(visit, (key,), submit=lambda _, label: st.form_submit_button(label))
    if told is not None:
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        silencing.done(visit, told.outcome.why_not)


def _laying(
    visit: Visit, keys: Sequence[Key], *, submit: Callable[[Visit, str], bool] = _submit
) -> _Told | None:
    t = visit.words
    people = assigning.candidates(visit.db, visit.scope, {city for city, _ in keys})
    names = places.names(visit.db)
    told = {
        one.email: t(
            "{name} · {role}, {place} · reaches {n} of {all}",
            name=one.name,
            role=t.label(one.role),
            place=name_of(names, one.place, t),
            n=sum(city in cities for city, _ in keys),
            all=len(keys),
        )
        for one, cities in people
    }
    nobody = t("Nobody: take them back")
    with st.form(_key("lay"), border=False):
        to = st.selectbox(
            t("Person"),
            [*told, ""],
            index=None,
            format_func=lambda email: told.get(email, nobody),
            key=_key("person"),
            placeholder="—",
        )
        note = st.text_input(t("Note to this person"), max_chars=LONGEST_NOTE, key=_key("lay-note"))
        st.caption(t("The next digest tells them, if they want mails; their list has the filter “Mine”."))
        if not submit(visit, t("Assign {n} alerts", n=len(keys))):
            return None
    if to is None:
        st.error(t("Choose a person."))
        return None
    came = assigning.assign(visit.db, Chosen(visit.scope, keys, visit.now), to=to or None, note=note)

    def undo(later: Visit) -> Outcome:
        return assigning.lay_back(later.db, later.scope, came, at=later.now)

    return _Told(mark("Assigned.") if to else mark("Assigned to nobody."), came, undo)


_Act = tuple[str, Callable[[Visit, Sequence[Key]], _Told | None], Callable[[Visit], bool]]

#: The acts: label, form, and whom it is offered to.
_ACTS: dict[str, _Act] = {
    "acknowledge": (mark("Acknowledge"), _acknowledging, lambda visit: visit.may(Action.ANSWER)),
    "silence": (mark("Silence"), _silencing, lambda visit: visit.may(Action.DECIDE)),
    "order": (mark("Issue dispatch orders"), _ordering, lambda visit: visit.may(Action.DECIDE)),
    "assign": (
        mark("Assign to a person"),
        _laying,
        lambda visit: assigning.may_assign(visit.scope),
    ),
}
