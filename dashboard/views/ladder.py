"""The consequence ladder on a city's page: annual evaluations, the measures taken, and the forms of those who enter them.

Measures are entered by people and never follow by themselves from a score, an alert or an order.
"""

import uuid
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import streamlit as st

from alerts.evidence import ENDINGS, Upload
from alerts.ladder import Content, Entry, enter, may_change, withdraw
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import order_words
from dashboard.visit import Visit
from models.money import FEN_PER_WAN
from models.queries import ladder, orders
from models.queries.ladder import EntryRow, EvaluationRow, MeasureRow
from models.queries.orders import FileRow, OrdersWanted
from models.vocabulary import EntryKind, Measure


@dataclass(frozen=True)
class _Known:
    """What a measure may be linked to: the city's evaluations and its orders (id → number)."""

    city: str
    evaluations: list[EvaluationRow]
    orders: dict[str, str]


def draw(visit: Visit, city: str) -> None:
    """The section of one city."""
    t = visit.words
    listed = orders.listed(visit.db, visit.scope, OrdersWanted(cities=frozenset({city})), limit=200)
    known = _Known(
        city,
        ladder.evaluations(visit.db, visit.scope, city),
        {order.id: order.number for order in listed},
    )
    parts.heading(t("Annual evaluation"))
    _evaluations(visit, known)
    parts.heading(t("Measures taken on the city (108-III.3)"))
    found = ladder.measures(visit.db, visit.scope, city)
    if not found:
        st.caption(t("No measure was ever entered. Measures are entered by people; none follows by itself."))
    for measure in found:
        _measure(visit, known, measure)
    if visit.scope.decides(city):
        with st.expander(t("Enter a measure"), icon=":material/gavel:"):
            _form(visit, known, None)


def _evaluations(visit: Visit, known: _Known) -> None:
    t = visit.words
    if not known.evaluations:
        st.caption(t("No evaluation of this city was registered (page Reports, form “Annual evaluations”)."))
        return
    heads = [
        (t("Year"), "pd-s"),
        (t("Score"), "pd-n"),
        (t("Grade"), "pd-s"),
        (t("Measure named in the evaluation"), "pd-w"),
        (t("Document"), "pd-w"),
        (t("Note"), "pd-w"),
    ]
    rows = [
        (
            one.year,
            "—" if one.score is None else t.number(one.score / 100),
            one.grade or "—",
            "—" if one.measure is None else joined([t.label(one.measure), t.day(one.measure_on)]),
            one.document_no or "—",
            one.note or "",
        )
        for one in known.evaluations
    ]
    parts.show(parts.table(heads, rows))


def _measure(visit: Visit, known: _Known, measure: MeasureRow) -> None:
    t, now = visit.words, measure.now
    with st.container(border=True):
        said: list[object] = [wrapped("b", t.label(now.measure)), now.document_no, t.day(now.decided_on)]
        if now.amount is not None:
            said.append(t.amount(now.amount))
        head = joined(said, " · ")
        if measure.withdrawn:
            head = joined([wrapped("span", head, "pd-old"), t("Measure withdrawn")])
        parts.show(wrapped("div", head), parts.facts(_about(visit, measure)))
        if len(measure.entries) > 1:
            parts.show(_history(visit, measure))
        files = [file for entry in measure.entries for file in entry.files]
        if files:
            with st.container(horizontal=True):
                for file in files:
                    _download(visit, measure, file)
        if may_change(visit.scope, measure):
            _changing(visit, known, measure)


def _about(visit: Visit, measure: MeasureRow) -> list[tuple[str, object]]:
    t, now = visit.words, measure.now
    pairs: list[tuple[str, object]] = [
        (t("Entered by"), f"{now.by} ({t.label(now.level)}), {t.instant(now.entered_at)}"),
        (t("Reason"), now.note),
    ]
    if now.year is not None:
        pairs.append((t("Rests on the evaluation of"), now.year))
    if now.orders:
        links = [
            parts.anchor(number, order_words.page_of(visit, measure.city, one)) for one, number in now.orders
        ]
        pairs.append((t("Rests on the orders"), joined(links)))
    return pairs


def _history(visit: Visit, measure: MeasureRow) -> Safe:
    t = visit.words
    heads = [
        (t("When"), "pd-s"),
        (t("What happened"), "pd-s"),
        (t("Measure"), "pd-w"),
        (t("Document"), "pd-w"),
        (t("Amount"), "pd-n"),
        (t("Reason"), "pd-w"),
        (t("By"), ""),
    ]
    return parts.table(heads, [_entry(visit, entry) for entry in measure.entries])


def _entry(visit: Visit, entry: EntryRow) -> tuple[object, ...]:
    t = visit.words
    what = t("Measure withdrawn") if entry.kind == EntryKind.WITHDRAWN else t.label(entry.kind)
    document = f"{entry.document_no}, {t.day(entry.decided_on)}"
    return (
        t.instant(entry.entered_at),
        what,
        t.label(entry.measure),
        document,
        t.amount(entry.amount),
        entry.note,
        entry.by,
    )


def _download(visit: Visit, measure: MeasureRow, file: FileRow) -> None:
    def content() -> bytes:
        found = ladder.document(visit.db, visit.scope, measure.city, measure.id, file.id)
        return found[1] if found else b""

    st.download_button(
        parts.escape(file.file_name),
        data=content,
        file_name=file.file_name,
        mime="application/octet-stream",
        key=f"document-{file.id}",
        icon=":material/download:",
        on_click="ignore",
    )


def _changing(visit: Visit, known: _Known, measure: MeasureRow) -> None:
    t, now = visit.words, measure.now
    with st.container(horizontal=True):
        with st.popover(t("Correct")):
            _form(visit, known, measure)
        with st.popover(t("Withdraw")), st.form(f"measure-withdraw-{measure.id}-{now.seq}", border=False):
            st.caption(t("It stays here as withdrawn, with the reason."))
            note = st.text_input(t("Reason"), max_chars=500, key=f"measure-why-{measure.id}-{now.seq}")
            if st.form_submit_button(t("Withdraw the measure")):
                refusal = withdraw(
                    visit.db, visit.scope, measure.city, measure.id, seen=now.seq, note=note, at=visit.now
                )
                _done(visit, refusal)


def _form(visit: Visit, known: _Known, measure: MeasureRow | None) -> None:
    """A new measure, or the correction of one."""
    t, now, limit = visit.words, measure.now if measure else None, visit.settings.evidence_max_mb
    turn = st.session_state.get(f"measure-turn-{known.city}", 0)
    key = f"measure-{measure.id}-{now.seq}" if measure and now else f"measure-new-{known.city}-{turn}"
    with st.form(f"{key}-form", border=False):
        kinds, years = list(Measure), [None, *(one.year for one in known.evaluations)]
        kind = st.selectbox(
            t("Measure"),
            kinds,
            index=kinds.index(now.measure) if now else None,
            format_func=t.label,
            key=f"{key}-kind",
            placeholder="—",
        )
        left, right = st.columns(2)
        number = left.text_input(
            t("Document number"), now.document_no if now else "", max_chars=100, key=f"{key}-no"
        )
        on = right.date_input(
            t("Date of the document"),
            now.decided_on if now else visit.today,
            max_value=visit.today,
            key=f"{key}-on",
        )
        amount = left.text_input(
            t("Amount deducted or recovered, 10k yuan"),
            _wan(now.amount if now else None),
            key=f"{key}-amount",
        )
        year = right.selectbox(
            t("Rests on the evaluation of"),
            years,
            index=years.index(now.year) if now and now.year in years else 0,
            format_func=lambda one: "—" if one is None else str(one),
            key=f"{key}-year",
        )
        rests = st.multiselect(
            t("Rests on the orders"),
            list(known.orders),
            [one for one, _ in now.orders if one in known.orders] if now else [],
            format_func=lambda one: known.orders[one],
            key=f"{key}-orders",
            placeholder="—",
        )
        note = st.text_area(t("Reason"), max_chars=2_000, key=f"{key}-note")
        files = st.file_uploader(
            t("The document as a file"),
            type=list(ENDINGS),
            accept_multiple_files=True,
            max_upload_size=limit,
            key=f"{key}-files",
        )
        label = t("Enter the correction") if measure else t("Enter the measure")
        if not st.form_submit_button(label, type="primary"):
            return
    fen, wrong = _fen(amount)
    if kind is None or wrong:
        st.error(t("Choose the measure.") if kind is None else t("The amount is no number of 10k yuan."))
        return
    content = Content(kind, number, on, note, fen, year, tuple(rests))
    identity = measure.id if measure else st.session_state.setdefault(f"{key}-id", str(uuid.uuid4()))
    uploads = [Upload(file.name, file.getvalue()) for file in files]
    entry = Entry(visit.scope, known.city, content, visit.now, uploads, now.seq if now else 0, identity)
    refusal = enter(visit.db, entry, max_bytes=limit * 1_000_000)
    if refusal is None:
        st.session_state[f"measure-turn-{known.city}"] = turn + 1
    _done(visit, refusal)


def _done(visit: Visit, refusal: str | None) -> None:
    if refusal is not None:
        st.error(visit.words(refusal))
        return
    st.toast(visit.words("Stored."))
    st.rerun()


def _wan(fen: int | None) -> str:
    return "" if fen is None else f"{Decimal(fen) / FEN_PER_WAN:f}"


def _fen(text: str) -> tuple[int | None, bool]:
    """An amount written in 10k yuan as fen, and whether it is no such amount; blank is none."""
    flat = text.strip().replace(",", "").replace("，", "")
    if not flat:
        return None, False
    try:
        fen = Decimal(flat) * FEN_PER_WAN
    except InvalidOperation:
        return None, True
    if not fen.is_finite() or fen != fen.to_integral_value(ROUND_HALF_EVEN) or abs(fen) >= 10**17:
        return None, True
    return int(fen), False
