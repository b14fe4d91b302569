"""Double support (108-II.2): pairs that may hold central money twice, field by field, and what was decided.

Provinces and the ministry decide; a city sees its own side. Refuses to say what is a breach: it shows what is
equal and what is not, and keeps what people said with the values they saw.
"""

import polars as pl
import streamlit as st

from alerts.day import bring_up_to_date
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.visit import Visit
from models import overlaps
from models.access import Action
from models.overlap_decisions import Decided, Likeness, OverlapVerdict, remember
from models.overlaps import WEIGHTS
from models.queries import places
from models.queries.overlap_pairs import history, pairs_in_scope, values_seen
from models.queries.places import name_of
from models.words import mark

#: Pairs in the list; the others are counted.
_SHOWN = 100

_FIELDS = {
    "unit_code": mark("Unified social credit code"),
    "project_code": mark("Project code"),
    "title": mark("Project name"),
    "unit_name": mark("Implementing unit"),
    "amount": mark("Central money"),
}

_SIGNS = {Likeness.EQUAL: "●", Likeness.SIMILAR: "◐", Likeness.DIFFERS: "○", Likeness.UNKNOWN: "–"}


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Double support"), t("State on {on}, computed now", on=t.day(visit.today)))
    st.caption(
        t(
            "108-II.2: a key project may be listed in another central programme; central money is not arranged "
            "twice. A pair is a question until the province or the ministry decides it."
        )
    )
    rows = pairs_in_scope(visit.db, visit.scope, visit.today, visit.now)
    if rows.is_empty():
        parts.nothing(
            t("No pair"),
            t(
                "No project with central money looks like a row of another programme's list (page Reports, form "
                "“Other central funding”) or like another project."
            ),
        )
        return
    wanted = st.query_params.get("pair")
    chosen = rows.filter(pl.col("id") == wanted)
    if wanted and chosen.is_empty():
        parts.outside(visit)
    if not chosen.is_empty():
        _pair(visit, chosen.row(0, named=True))
    _list(visit, rows)


def _list(visit: Visit, rows: pl.DataFrame) -> None:
    t = visit.words
    left = rows.filter(~pl.col("settled")).height
    parts.heading(t("Pairs, those that nobody has settled first"))
    said = t("{open} open, {all} in all", open=t.number(left, 0), all=t.number(rows.height, 0))
    if rows.height > _SHOWN:
        said += t("; the first {n} are shown", n=_SHOWN)
    parts.show(wrapped("div", said, "pd-m"))
    heads = [
        (t("Score"), "pd-n"),
        (t("Key project"), "pd-w"),
        (t("Other side"), "pd-w"),
        (t("Where from"), "pd-s"),
        (t("Equal fields"), ""),
        (t("State"), "pd-s"),
    ]
    parts.show(parts.table(heads, [_line(visit, row) for row in rows.head(_SHOWN).to_dicts()]))


def _line(visit: Visit, row: dict) -> tuple[object, ...]:
    t = visit.words
    equal = [t(_FIELDS[name]) for name in WEIGHTS if row[f"{name}_is"] == str(Likeness.EQUAL)]
    where = parts.link("overlaps", visit, pair=row["id"])
    return (
        t.number(row["rank"], 0),
        joined([_place(visit, row["city_a"]), parts.anchor(row["title_a"], where)]),
        _other(visit, row),
        _origin(visit, row),
        t.pick("、", ", ").join(equal) or "—",
        _state(visit, row),
    )


def _other(visit: Visit, row: dict) -> str | Safe:
    if row["hidden"]:
        return visit.words("Another city's; its province and the ministry see it")
    return joined([_place(visit, row["city_b"]), row["title_b"]])


def _origin(visit: Visit, row: dict) -> str:
    t = visit.words
    if row["pair"] == "project":
        return t("Key project of the pilot")
    return t("List of another programme") if row["hidden"] else t.label(row["programme_b"])


def _state(visit: Visit, row: dict) -> str:
    t = visit.words
    if row["verdict"]:
        return t.label(row["verdict"])
    return t("Open again: a value changed") if row["verdict_before"] else t("Not settled yet")


def _place(visit: Visit, code: str) -> str:
    return name_of(places.names(visit.db), code, visit.words)


def _pair(visit: Visit, row: dict) -> None:
    """Both sides with the evidence of each field, what was decided, and the form for who decides."""
    t = visit.words
    link = parts.project_link(visit, row["city_a"], row["project_a"], row["title_a"])
    parts.heading(t("The pair"))
    parts.show(
        parts.facts(
            [
                (t("Key project"), joined([_place(visit, row["city_a"]), link])),
                (t("Other side"), _other(visit, row)),
                (t("Where from"), _origin(visit, row)),
                (t("Rank of the evidence"), t("{n} of 100", n=t.number(row["rank"], 1))),
                (t("State"), _state(visit, row)),
            ]
        )
    )
    heads = [
        (t("Field"), "pd-s"),
        (t("Key project"), "pd-w"),
        (t("Other side"), "pd-w"),
        (t("Evidence"), "pd-s"),
    ]
    parts.show(parts.table(heads, [_field(visit, row, name) for name in WEIGHTS]))
    _decided(visit, row)
    _form(visit, row)


def _field(visit: Visit, row: dict, name: str) -> tuple[object, ...]:
    t, said = visit.words, row[f"{name}_is"]
    text = f"{_SIGNS[Likeness(said)]} {t.label(said)}"
    if said in (Likeness.SIMILAR, Likeness.DIFFERS) and row.get(f"{name}_score") is not None:
        text += " " + t.percent(row[f"{name}_score"] * 10_000, 0)
    other = t("not shown") if row["hidden"] else _written(visit, name, row[f"{name}_b"])
    return t(_FIELDS[name]), _written(visit, name, row[f"{name}_a"]), other, text


def _written(visit: Visit, name: str, value: str | int | None) -> str | None:
    return visit.words.amount(value) if name == "amount" and value is not None else value


def _decided(visit: Visit, row: dict) -> None:
    t = visit.words
    if row["verdict_before"] and not row["verdict"]:
        for side, name, then, now in overlaps.changed(row["compared"], row["now"]):
            if row["hidden"] and side == "b":
                continue
            whose = t("Key project") if side == "a" else t("Other side")
            st.warning(
                t(
                    "Changed since it was decided: {whose}, {field}: {then} → {now}",
                    whose=whose,
                    field=t(_FIELDS[name]),
                    then=parts.escape(_written(visit, name, then) or "—"),
                    now=parts.escape(_written(visit, name, now) or "—"),
                )
            )
    told = history(visit.db, row) if not row["hidden"] else pl.DataFrame()
    if told.is_empty():
        return
    heads = [
        (t("Decided at"), "pd-s"),
        (t("Decision"), "pd-s"),
        (t("Reason"), "pd-w"),
        (t("Document"), ""),
        (t("By"), ""),
    ]
    lines = [
        (
            t.instant(one["decided_at"]),
            t.label(one["verdict"]),
            one["reason"],
            one["document_no"],
            one["decided_by"],
        )
        for one in told.to_dicts()
    ]
    parts.show(parts.table(heads, lines, t("What was decided on this pair")))


def _form(visit: Visit, row: dict) -> None:
    t = visit.words
    if not visit.may(Action.DECIDE):
        st.caption(t("The province or the ministry decides on pairs."))
        return
    key = f"overlap-{row['id']}-{st.session_state.get(_turn(row), 0)}"
    with st.form(key):
        st.markdown(f"**{t('Decide on this pair')}**")
        verdict = st.radio(
            t("Decision"),
            list(OverlapVerdict),
            index=None,
            format_func=t.label,
            key=f"{key}-verdict",
            horizontal=True,
        )
        reason = st.text_input(t("Why it is so"), max_chars=500, key=f"{key}-reason")
        document = st.text_input(
            t("Number of the document that shows it"), max_chars=100, key=f"{key}-document"
        )
        st.caption(t("It holds until one of the compared values changes, and stays on record."))
        sent = st.form_submit_button(t("Keep the decision"), type="primary")
    seen, now = st.session_state.get(f"{key}-seen"), values_seen(row)
    st.session_state[f"{key}-seen"] = now
    if sent and seen != now:
        st.error(t("The values have changed since you looked at them; look again, then decide."))
    elif sent:
        _carry_out(visit, row, verdict, (reason.strip(), document.strip() or None))


def _turn(row: dict) -> str:
    """Where the session counts the decisions on a pair, so that the next form is empty."""
    return f"overlap-turn-{row['id']}"


def _carry_out(visit: Visit, row: dict, verdict: OverlapVerdict | None, said: tuple[str, str | None]) -> None:
    t = visit.words
    if not visit.scope.decides(row["city_a"]):
        st.error(t("Your account may not decide on this pair."))
        return
    if verdict is None or not said[0]:
        st.error(t("A decision needs its reason."))
        return
    with visit.db.rw.begin() as connection:
        decided = Decided(verdict, *said, visit.scope.email)
        remember(connection, row | {"compared": values_seen(row)}, decided, now=visit.now)
    bring_up_to_date(visit.db, frozenset({row["city_a"]}), now=visit.now)
    st.session_state[_turn(row)] = st.session_state.get(_turn(row), 0) + 1
    st.toast(t("Kept. The alert follows with the next judgement."))
    st.rerun()
