"""What a file would change, before it changes anything: counts, first rows, problems, cells old → new."""

from functools import partial
from pathlib import PurePath

import polars as pl
import streamlit as st

from collectors.annotated import annotated, problem_list
from collectors.forms import FORMS, Form
from collectors.intake import Receipt
from collectors.problems import Problem, problem_text
from dashboard import parts
from dashboard.parts import Safe, joined, wrapped
from dashboard.views import lights, since
from dashboard.views.form_cells import column_name, project_cell, stored_text
from dashboard.visit import Visit
from models.plan_words import field_label, written
from models.queries.city import project_names
from models.vocabulary import AdjustmentStatus, Level
from models.words import Words

#: Changed cells and problems shown; the counts always cover all.
MOST_CHANGES, MOST_PROBLEMS = 500, 200

#: Files with more rows than this are neither judged nor set beside the last reports for a preview.
MOST_ROWS = 20_000

#: Notes that the verdict above already speaks.
_SAID_ABOVE = ("N-SAME", "N-DUP")

_SHAPES = {Level.ERROR: "✕", Level.WARNING: "▲", Level.NOTE: "ⓘ"}


def draw(visit: Visit, form: Form, name: str, seen: Receipt) -> None:
    """The whole preview of the file of that name."""
    t = visit.words
    parts.heading(t("3. Preview: nothing is stored yet"))
    parts.show(wrapped("div", name, "pd-m"))
    _verdict(visit, seen)
    _counts(visit, seen)
    _sheets(visit, seen)
    looks_closer = seen.rows <= MOST_ROWS and not seen.duplicate_of
    if looks_closer:
        lights.draw(visit, seen)
    problems(visit, form, seen)
    _changes(visit, form, seen)
    if looks_closer:
        since.draw(visit, seen)
    _adjustments(visit, seen)
    _sample(visit, seen)


def receipt(visit: Visit, done: Receipt) -> None:
    """What was stored."""
    t = visit.words
    st.success(
        t("Stored as submission {id}. All pages show it already.", id=(done.submission or "")[:13]),
        icon=":material/check_circle:",
    )
    _counts(visit, done)
    _sheets(visit, done)
    if done.draft or any(part.draft for part in done.parts):
        st.info(
            t("{n} rows are kept as a draft: open it above to mend them.", n=t.number(done.rejected, 0)),
            icon=":material/bookmark:",
        )
    if done.adjustment_count:
        st.caption(
            t(
                "{n} plan figures differ from the approved plan and wait as pending adjustments.",
                n=done.adjustment_count,
            )
        )
    parts.show(
        joined(
            (
                parts.anchor(t("To the city's page"), parts.link("city", visit, city=city))
                for city in sorted(done.cities)[:3]
            ),
            " · ",
        )
    )


def _verdict(visit: Visit, seen: Receipt) -> None:
    t = visit.words
    if seen.duplicate_of:
        _, who, when = seen.duplicate_of
        st.info(
            t(
                "This very file was taken in before, by {who} at {when}. Nothing would change.",
                who=parts.escape(who),
                when=t.instant(when),
            )
        )
        return
    if not seen.ok:
        st.error(
            t(
                "The file cannot be taken in as it is. Nothing is stored; mend what is listed, then look again."
            ),
            icon=":material/block:",
        )
        return
    if not (seen.new or seen.changed or seen.adjustment_count):
        st.info(t("Every row is already stored as it stands here. Nothing would change."))


def _counts(visit: Visit, seen: Receipt) -> None:
    t = visit.words
    pairs = [
        (t("Rows"), t.number(seen.rows, 0)),
        (t("New"), t.number(seen.new, 0)),
        (t("Changed"), t.number(seen.changed, 0)),
        (t("Same"), t.number(seen.same, 0)),
        (t("With a warning"), t.number(seen.warned, 0)),
        (t("Refused"), t.number(seen.rejected, 0)),
    ]
    parts.show(parts.facts(pairs))


def _sheets(visit: Visit, seen: Receipt) -> None:
    """The sheets of a workbook with several forms, each with its own counts."""
    if not seen.parts:
        return
    t = visit.words
    labels = (t("Rows"), t("New"), t("Changed"), t("Same"), t("With a warning"), t("Refused"))
    names = ("rows", "new", "changed", "same", "warned", "rejected")
    rows = [
        (_form_name(visit, part.form), *(t.number(getattr(part, name), 0) for name in names))
        for part in seen.parts
    ]
    parts.show(parts.table([(t("Form"), "pd-s"), *((label, "pd-n") for label in labels)], rows))


def _form_name(visit: Visit, name: str) -> str:
    form = FORMS.get(name)
    return visit.words.pick(form.zh, form.en) if form else name


def marked_file(visit: Visit, content: bytes, seen: Receipt) -> None:
    """The user's own file with its bad cells marked, and the problems as a list; built when clicked."""
    t = visit.words
    told = [part for part in (seen.parts or (seen,)) if part.marks.height]
    if not told or seen.duplicate_of:
        return
    stem = PurePath(seen.file_name).stem
    with st.container(horizontal=True):
        if all(part.encoding for part in told):  # else nothing of it could be read
            st.download_button(
                t("Your file with the problems marked"),
                data=partial(_marked, content, told, t),
                file_name=f"{stem}_{t.pick('问题标注', 'marked')}.xlsx",
                icon=":material/rule:",
                on_click="ignore",
                key="reports-marked",
            )
        st.download_button(
            t("The problems as CSV"),
            data=lambda: problem_list(_all_marks(visit, seen, told), t),
            file_name=f"{stem}_{t.pick('问题清单', 'problems')}.csv",
            icon=":material/list:",
            on_click="ignore",
            key="reports-problems",
        )


def _all_marks(visit: Visit, seen: Receipt, told: list[Receipt]) -> pl.DataFrame:
    """The problems of every sheet; of a workbook, with the form that each is of."""
    if not seen.parts:
        return told[0].marks
    return pl.concat([part.marks.with_columns(form=pl.lit(_form_name(visit, part.form))) for part in told])


def _marked(content: bytes, told: list[Receipt], t: Words) -> bytes:
    """Each sheet's problems are marked on it."""
    return annotated(content, {part.sheet: part.marks for part in told}, t, encoding=told[0].encoding)


def problems(visit: Visit, form: Form, seen: Receipt) -> None:
    """Errors first: where, what, how to mend it, in the reader's language; of a workbook, with the sheet."""
    t = visit.words
    told = [(part, one) for part, one in _told(seen) if one.code not in _SAID_ABOVE]
    if not told:
        return
    rank = list(Level)
    ranked = sorted(told, key=lambda pair: (rank.index(pair[1].level), -pair[1].money))
    rows = [(_sheet_name(visit, part), *_problem(visit, one)) for part, one in ranked[:MOST_PROBLEMS]]
    heads = [
        (t("Form"), "pd-s"),
        (t("Level"), "pd-s"),
        (t("What"), "pd-w"),
        (t("How to mend it"), "pd-w"),
        (t("At stake"), "pd-n"),
        (t("In rows"), ""),
        (t("Problem code"), "pd-s"),
    ]
    if not seen.parts:
        heads, rows = heads[1:], [row[1:] for row in rows]
    parts.show(parts.table(heads, rows, t("Problems, errors first, then by the money at stake")))


def _told(seen: Receipt) -> list[tuple[Receipt | None, Problem]]:
    """Problems with the sheet that they are of; None for one of the whole file."""
    if not seen.parts:
        return [(None, problem) for problem in seen.problems]
    of_sheets = [(part, problem) for part in seen.parts for problem in part.problems]
    own = {id(problem) for _, problem in of_sheets}
    return [(None, problem) for problem in seen.problems if id(problem) not in own] + of_sheets


def _sheet_name(visit: Visit, part: Receipt | None) -> str:
    return "" if part is None else _form_name(visit, part.form)


def _problem(visit: Visit, problem: Problem) -> tuple[object, ...]:
    t = visit.words
    said, hint = problem_text(problem, t)
    rows = t.pick("、", ", ").join(str(row) for row in problem.first_rows)
    if problem.count > len(problem.first_rows) and problem.first_rows:
        rows += t(" … {n} in all", n=t.number(problem.count, 0))
    stake = t.amount(problem.money) if problem.money else ""
    return f"{_SHAPES[problem.level]} {t.label(problem.level)}", said, hint, stake, rows, problem.code


def _changes(visit: Visit, form: Form, seen: Receipt) -> None:
    t = visit.words
    found = [(FORMS.get(part.form, form), _own_changes(part)) for part in seen.parts or (seen,)]
    total = sum(changes.height for _, changes in found)
    if not total:
        return
    label = t("What changes, cell by cell ({n})", n=t.number(total, 0))
    with st.expander(label, expanded=True):
        if total > MOST_CHANGES:
            st.caption(t("The first {n} are listed.", n=MOST_CHANGES))
        heads = [
            (t("Form"), "pd-s"),
            (t("Row"), "pd-n"),
            (t("Project"), "pd-w"),
            (t("Column"), "pd-s"),
            (t("Stored → in the file"), "pd-w"),
        ]
        codes = {code for _, changes in found for code in changes["project"].drop_nulls().unique()}
        names = project_names(visit.db, visit.scope, sorted(codes))
        rows = [
            (
                t.pick(of.zh, of.en),
                row["row_no"],
                project_cell(row["project"], names.get(row["project"], "")),
                column_name(of, row["field"], t),
                _old_new(visit, of, row),
            )
            for of, changes in found
            for row in changes.iter_rows(named=True)
        ][:MOST_CHANGES]
        if not seen.parts:
            heads, rows = heads[1:], [row[1:] for row in rows]
        parts.show(parts.table(heads, rows))


def _own_changes(seen: Receipt) -> pl.DataFrame:
    """The changed cells, without the plan figures that only become pending adjustments."""
    waiting = seen.adjustments.filter(pl.col("status") == str(AdjustmentStatus.PENDING))
    return seen.changes.join(waiting, on=["row_no", "project", "field"], how="anti", maintain_order="left")


def _old_new(visit: Visit, form: Form, row: dict) -> Safe:
    old, new = (stored_text(form, row["field"], row[side], visit.words) for side in ("old", "new"))
    return joined([wrapped("span", old, "pd-old"), "→", wrapped("b", new)])


def _adjustments(visit: Visit, seen: Receipt) -> None:
    t = visit.words
    if seen.adjustments.is_empty():
        return
    label = t("Plan figures that differ from the approved plan ({n})", n=seen.adjustments.height)
    with st.expander(label, expanded=True):
        st.caption(t("They become pending adjustments; the plan itself does not change by a report."))
        heads = [
            (t("Row"), "pd-n"),
            (t("Project"), "pd-w"),
            (t("Field"), "pd-s"),
            (t("Approved → in the file"), "pd-w"),
            (t("Status"), "pd-s"),
        ]
        waiting = seen.adjustments.head(MOST_CHANGES)
        names = project_names(visit.db, visit.scope, waiting["project"].unique().to_list())
        rows = [
            (
                row["row_no"],
                project_cell(row["project"], names.get(row["project"], "")),
                field_label(row["field"], t),
                joined(
                    [
                        wrapped("span", written(row["field"], row["old"], t, "CNY"), "pd-old"),
                        "→",
                        wrapped("b", written(row["field"], row["new"], t, "CNY")),
                    ]
                ),
                t.label(row["status"]),
            )
            for row in waiting.iter_rows(named=True)
        ]
        parts.show(parts.table(heads, rows))


def _sample(visit: Visit, seen: Receipt) -> None:
    t = visit.words
    if not seen.sample:
        return
    with st.expander(t("First rows as they were read ({encoding})", encoding=seen.encoding.upper() or "—")):
        width = max(len(row) for row in seen.sample)
        padded = [tuple(row) + ("",) * (width - len(row)) for row in seen.sample]
        heads = [(text, "") for text in padded[0]]
        parts.show(parts.table(heads, padded[1:]))
