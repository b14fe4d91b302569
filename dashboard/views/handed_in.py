"""The history of what was handed in: receipts, their problems, and the originals."""

import json

import streamlit as st

from collectors.archived import receipt_zip
from collectors.forms import FORMS
from collectors.problems import Problem, problem_text
from dashboard import parts
from dashboard.parts import joined, wrapped
from dashboard.views import taking_back
from dashboard.views.reported import download
from dashboard.visit import Visit
from models.queries import submissions
from models.queries.submissions import ProblemRow, SubmissionRow
from models.vocabulary import Door

MOST = 30


def draw(visit: Visit, city: str | None) -> None:
    """The newest submissions in scope; one of them in detail when its link was followed."""
    t = visit.words
    _chosen(visit)
    parts.heading(t("History"))
    rows = submissions.history(visit.db, visit.scope, city=city, limit=MOST)
    if not rows:
        parts.nothing(
            t("Nothing was handed in yet"), t("Every file that is taken in appears here with its receipt.")
        )
        return
    heads = [
        (t("Received at"), "pd-s"),
        (t("Form"), "pd-s"),
        (t("File"), "pd-w"),
        (t("Handed in by"), ""),
        *(
            (label, "pd-n")
            for label in (t("Rows"), t("New"), t("Changed"), t("Same"), t("Warned"), t("Refused"))
        ),
    ]
    told = t("Choose a file's name for its receipt, its problems and the original.")
    if len(rows) == MOST:
        told += t(" The newest {n} are listed.", n=MOST)
    undone = submissions.withdrawals(visit.db, visit.scope, [row.id for row in rows])
    lines = [_row(visit, row, withdrawn=row.id in undone) for row in rows]
    parts.show(wrapped("div", told, "pd-m"), parts.table(heads, lines))


def form_label(visit: Visit, name: str) -> str:
    """A form's name, or a mapping's."""
    form = FORMS.get(name)
    return visit.words.pick(form.zh, form.en) if form else name


def _row(visit: Visit, row: SubmissionRow, *, withdrawn: bool) -> tuple[object, ...]:
    t = visit.words
    href = parts.link("reports", visit, submission=row.id, holder=row.city)
    what = t.label(row.door) if row.door in (Door.WITHDRAWAL, Door.REVERSION) else row.file_name
    name = parts.anchor(what or row.id[:13], href)
    return (
        t.instant(row.received_at),
        form_label(visit, row.form),
        joined([wrapped("span", name, "pd-old"), t("withdrawn")]) if withdrawn else name,
        row.uploader,
        *(t.number(getattr(row, n), 0) for n in ("rows", "new", "changed", "same", "warned", "rejected")),
    )


def _chosen(visit: Visit) -> None:
    t = visit.words
    submission, holder = st.query_params.get("submission", ""), st.query_params.get("holder", "")
    if not submission:
        return
    row = submissions.one(visit.db, visit.scope, holder, submission)
    if row is None:
        parts.nothing(
            t("Not in your scope"),
            t("It was handed in for another place, or for several at once, or it does not exist."),
        )
        return
    with st.container(border=True):
        st.markdown(f"**{t('Receipt')} {parts.escape(row.id)}**")
        parts.show(
            parts.facts(
                [
                    (t("File"), row.file_name),
                    (t("Form"), form_label(visit, row.form)),
                    (t("Encoding read"), row.encoding.upper()),
                    (t("Size"), t("{n} bytes", n=t.number(row.size, 0))),
                    (t("Received at"), t.instant(row.received_at)),
                    (t("Handed in by"), row.uploader),
                    (t("Rows"), t.number(row.rows, 0)),
                    (t("New"), t.number(row.new, 0)),
                    (t("Changed"), t.number(row.changed, 0)),
                    (t("Same"), t.number(row.same, 0)),
                    (t("Warned"), t.number(row.warned, 0)),
                    (t("Refused"), t.number(row.rejected, 0)),
                    *_circumstances(visit, row),
                ]
            )
        )
        with st.container(horizontal=True):
            download(visit, row.city, row.id, row.file_name)
            st.download_button(
                t("Everything as a zip"),
                data=lambda: receipt_zip(visit.db, visit.scope, row.city, row.id, t) or b"",
                file_name=f"{row.id}.zip",
                icon=":material/folder_zip:",
                on_click="ignore",
                key=f"zip-{row.id}",
            )
            taking_back.offer(visit, row)
        _problems(visit, row)
        parts.show(
            parts.anchor(
                t("Close the receipt"), parts.link("reports", visit, city=st.query_params.get("city"))
            )
        )


def _circumstances(visit: Visit, row: SubmissionRow) -> list[tuple[str, object]]:
    """How it came, what was said to it, and what it is about; only what there is."""
    t = visit.words
    about = None
    if row.about:
        about = parts.anchor(
            row.about[:13], parts.link("reports", visit, submission=row.about, holder=row.city)
        )
    told = (
        (t("Came by"), t.label(row.door)),
        (t("Sheet"), row.sheet),
        (t("Source"), row.source),
        (t("Reason for correction"), row.reason),
        (t("Comment on the warnings"), row.comment),
        (t("About submission"), about),
        (t("Version of the checks"), f"{row.form_version} / {row.rules}"),
        (t("Version of the thresholds"), row.policy),
    )
    return [(label, value) for label, value in told if value is not None]


def _problems(visit: Visit, row: SubmissionRow) -> None:
    t = visit.words
    found = submissions.problems(visit.db, visit.scope, row.city, row.id)
    if not found:
        st.caption(t("No warning was accepted and no row was set aside."))
        return
    told = [
        (problem.row_no, t.label(problem.level), *_told(visit, problem), problem.code)
        for problem in found[:200]
    ]
    heads = [
        (t("Row"), "pd-n"),
        (t("Level"), "pd-s"),
        (t("What"), "pd-w"),
        (t("How to mend it"), "pd-w"),
        (t("Code"), "pd-s"),
    ]
    parts.show(parts.table(heads, told, t("Accepted warnings and rows set aside")))


def _told(visit: Visit, row: ProblemRow) -> tuple[str, str]:
    """A kept problem in words; its bare code where the catalogue no longer knows it."""
    values = {
        name: tuple(value) if isinstance(value, list) and len(value) == 2 else value
        for name, value in json.loads(row.values or "{}").items()
    }
    problem = Problem(row.code, row.level, row.row_no, row.column_name, row.found, values)
    try:
        return problem_text(problem, visit.words)
    except (KeyError, ValueError):
        return row.code, ""
