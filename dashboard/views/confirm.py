"""What somebody says before a file is stored: yes to its warnings, why figures are corrected, what is kept back.

Refuses to decide: the intake asks for a reason where one is needed, and says which rows are bad.
"""

from dataclasses import dataclass

import streamlit as st

from collectors.intake import Receipt
from collectors.problems import Problem
from dashboard import parts
from dashboard.visit import Visit

#: The one problem that is answered here and not in the file: no reason for a correction.
UNEXPLAINED = "E-B123"


@dataclass(frozen=True)
class Said:
    """The answers. ``possible``: there is something that could be stored."""

    possible: bool
    agreed: bool = False
    partial: bool = False
    reason: str | None = None
    comment: str | None = None


def ask(visit: Visit, digest: str, seen: Receipt, *, partial: bool, unexplained: Problem | None) -> Said:
    """Draw what has to be answered for this preview. Keys begin with the file's digest."""
    partial = _partial(visit, digest, seen, partial=partial)
    news = seen.new or seen.changed or seen.adjustment_count
    if not seen.ok or seen.duplicate_of or not news:
        return Said(False)
    reason = None if unexplained is None else _reason(visit, digest, unexplained)
    agreed, comment = _warnings(visit, digest, seen)
    return Said(True, agreed, partial, reason, comment)


def _reason(visit: Visit, digest: str, problem: Problem) -> str | None:
    """Why past figures are corrected: asked where the file does not say it itself."""
    t = visit.words
    st.warning(
        t(
            "{n} rows correct figures of a period that is over (as of {day}): a correction needs a reason. "
            "If they are figures of a new day, write it in “As of” and hand the file in again.",
            n=t.number(problem.count, 0),
            day=parts.escape(problem.found),
        ),
        icon=":material/edit_note:",
    )
    return (
        st.text_input(
            t("Why are figures of a past period corrected?"),
            key=f"reason-{digest}",
            max_chars=500,
            placeholder=t("For example: equipment was counted twice"),
        ).strip()
        or None
    )


def _partial(visit: Visit, digest: str, seen: Receipt, *, partial: bool) -> bool:
    """The explicit choice to take the good rows and to keep the others as a draft."""
    good = seen.rows - seen.rejected
    if not partial and (seen.ok or not good or not seen.rejected):
        return False
    return st.checkbox(
        visit.words(
            "Take the {good} good rows and keep the other {bad} as a draft.",
            good=visit.words.number(good, 0),
            bad=visit.words.number(seen.rejected, 0),
        ),
        key=f"partial-{digest}",
    )


def _warnings(visit: Visit, digest: str, seen: Receipt) -> tuple[bool, str | None]:
    """Warnings are confirmed with a tick, and may be commented; the comment stays with the receipt."""
    t = visit.words
    if not (seen.warned or any(problem.level == "warning" for problem in seen.problems)):
        return True, None
    comment = st.text_input(
        t("Comment on the warnings (kept with the receipt)"), key=f"comment-{digest}", max_chars=500
    )
    agreed = st.checkbox(
        t("I have checked the {n} warnings and confirm these figures.", n=max(seen.warned, 1)),
        key=f"agree-{digest}-{seen.base}",
    )
    return agreed, comment.strip() or None
