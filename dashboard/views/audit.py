"""The audit log: who did what and when, by person, kind, day and place; and whether its chain holds.

For auditors and administrators; nothing here changes anything. Texts of deeds are catalogue texts, given where the
deed is done.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from collectors.forms import FORMS
from dashboard import address, filters, looks, parts
from dashboard.needs import opens
from dashboard.visit import Visit
from models.access import Action
from models.anchors import read_anchors
from models.audit import verify
from models.queries import audit_log, places
from models.queries.audit_log import Entry, Narrow
from models.queries.places import PlaceRow
from models.vocabulary import AuditKind
from models.words import Words, mark

#: Entries shown at a time.
MOST = 200

_LOOKED = mark("Audit log read")

#: What details are called; a name that is not here is shown as it is stored.
_NAMES = {
    "address": mark("Network address"),
    "by": mark("By what"),
    "bytes": mark("Bytes"),
    "file": mark("File"),
    "form": mark("Form"),
    "door": mark("Way in"),
    "rows": mark("Rows"),
    "new": mark("New"),
    "changed": mark("Changed"),
    "rejected": mark("Refused"),
    "department": mark("Department"),
    "note": mark("Note"),
    "reason": mark("Reason"),
    "until": mark("Until"),
    "before": mark("Before"),
    "after": mark("After"),
    "document": mark("Document"),
    "document_no": mark("Document"),
    "measure": mark("Measure"),
    "amount_fen": mark("Amount, fen"),
    "scope": mark("Scope of the rules"),
    "version": mark("Version"),
    "verdict": mark("Verdict"),
    "other": mark("The other project"),
    "declaration": mark("Declaration (SHA-256)"),
    "n": mark("Count"),
    "alerts": mark("Alerts"),
    "orders": mark("Orders"),
    "silences": mark("Silences"),
    "assignee": mark("Assigned to"),
    "rule": mark("Rule"),
    "project": mark("Project"),
}

#: Details that are codes with a label.
_CODES = ("department", "door", "measure", "verdict")

#: Details that only a program reads.
_UNSHOWN = ("state",)


def render(visit: Visit) -> None:
    t = visit.words
    parts.page(t("Audit log"))
    if not visit.may(Action.AUDIT):
        parts.outside(visit)
        return
    names = places.names(visit.db)
    narrow = _filters(visit, names)
    looks.note(visit, _LOOKED, ", ".join(f"{k}={v}" for k, v in vars(narrow).items() if v) or "*")
    _chain(visit)
    _entries(visit, narrow, names)


def _filters(visit: Visit, names: Mapping[str, PlaceRow]) -> Narrow:
    """The filters, kept in the address so that a link shows the same."""
    t, asked = visit.words, st.query_params
    kinds, codes = list(AuditKind), sorted(names)
    found = {
        "who": asked.get("who", ""),
        "kind": _among(kinds, asked.get("kind")),
        "day": _day(asked.get("day")),
        "place": _among(codes, asked.get("place")),
    }
    st.session_state.update({_key(name): value for name, value in found.items()})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(t("Person or subject"), **_written("who"))
        st.selectbox(t("Kind of deed"), kinds, None, t.label, placeholder=t("All"), **_written("kind"))
        st.date_input(t("Day"), None, format="YYYY-MM-DD", **_written("day"))
        st.selectbox(
            t("Place"),
            codes,
            None,
            lambda code: f"{t.pick(names[code].name_zh, names[code].name_en)} · {code}",
            placeholder=t("All"),
            **_written("place"),
        )
    return Narrow(found["who"], found["kind"] or "", found["day"], found["place"] or "")


def _key(name: str) -> str:
    return f"audit-{name}"


def _written(name: str) -> dict[str, Any]:
    """How a filter stands in the session, and that it writes itself to the address when it is changed."""
    return {"key": _key(name), "on_change": _write, "args": (name,)}


def _write(name: str) -> None:
    """One filter into the address; the entries begin with the newest again."""
    st.query_params.pop("before", None)
    filters.write(name, str(st.session_state[_key(name)] or ""))


def _among(offered: list[str], text: str | None) -> str | None:
    return text if text in offered else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _chain(visit: Visit) -> None:
    t = visit.words
    if not st.button(t("Check the chain now"), icon=":material/link:", key="audit-verify"):
        return
    try:
        noted = read_anchors(visit.settings.anchors)
    except (OSError, ValueError):
        st.error(t("The file of anchors cannot be read; ask the operator."))
        return
    found = verify(visit.db, noted)
    if found.broken is not None:
        st.error(
            t(
                "The chain is broken at row {n}; the {rows} rows before it hold.",
                n=found.broken,
                rows=found.rows,
            )
        )
        return
    st.success(t("The chain holds: {rows} rows, held to {n} noted heads.", rows=found.rows, n=len(noted)))


def _entries(visit: Visit, narrow: Narrow, names: Mapping[str, PlaceRow]) -> None:
    t = visit.words
    before = st.query_params.get("before", "")
    found = audit_log.entries(
        visit.db, narrow, limit=MOST, before=int(before) if before.isdecimal() and len(before) < 18 else None
    )
    if not found:
        parts.nothing(t("No entry"), t("Nothing in the audit log fits these filters."))
        return
    total = audit_log.count(visit.db, narrow)
    heads = [
        (t("No."), "pd-n"),
        (t("At"), "pd-s"),
        (t("Who"), "pd-s"),
        (t("Kind of deed"), "pd-s"),
        (t("Deed"), "pd-s"),
        (t("Place"), "pd-s"),
        (t("About"), "pd-w"),
        (t("Details"), "pd-w"),
    ]
    shown = t("{n} of {all} entries", n=len(found), all=t.number(total, 0))
    parts.show(parts.table(heads, [_row(visit, entry, names) for entry in found], shown))
    if len(found) == MOST:
        kept = address.but("before")
        parts.show(parts.anchor(t("Older entries"), parts.link("audit", visit, **kept, before=found[-1].seq)))


def _row(visit: Visit, entry: Entry, names: Mapping[str, PlaceRow]) -> tuple[object, ...]:
    t, place = visit.words, names.get(entry.place)
    told = [(name, value) for name, value in entry.details.items() if name not in _UNSHOWN]
    details = " · ".join(
        f"{t(_NAMES.get(name, name))}{t.pick('：', ': ')}{_said(name, value, t)}"
        for name, value in told
        if value not in (None, "")
    )
    return (
        entry.seq,
        t.instant(entry.at),
        entry.who,
        t.label(entry.kind),
        t(entry.what, email=entry.who) if "{email}" in entry.what else t(entry.what),
        t.pick(place.name_zh, place.name_en) if place else entry.place or "—",
        _about(visit, entry),
        details or "—",
    )


def _said(name: str, value: object, t: Words) -> object:
    """A detail's value as people read it."""
    if name == "form" and value in FORMS:
        form = FORMS[str(value)]
        return t.pick(form.zh, form.en)
    if (name, value) == ("by", "password"):  # else a provider's own name
        return t("Password")
    return t.label(str(value)) if name in _CODES else value


def _about(visit: Visit, entry: Entry) -> object:
    """What the deed is about; a report that was taken in leads to its receipt."""
    if entry.kind != AuditKind.COMMIT or not entry.place or not opens(visit, "reports"):
        return entry.about or "—"
    return parts.anchor(entry.about, parts.link("reports", visit, submission=entry.about, holder=entry.place))
