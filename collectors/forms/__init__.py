"""The report forms as data: which columns, under which headers, of what kind, and who hands them in.

``FORMS`` has them all by name, in the order of the work: a workbook that registers projects and reports on them
is taken in this order. A new form is declared in one of the modules here and listed below.
"""

from collectors.forms.column import (
    WORDY,
    Cell,
    Column,
    Form,
    Match,
    fit,
    header_key,
    match,
)
from collectors.forms.progress import ADJUSTMENTS, DISPATCH, PLAN, PROJECTS
from collectors.forms.records import (
    APPLICATIONS,
    ENTERPRISES,
    EVALUATIONS,
    FUNDS,
    INSPECTIONS,
    MEMBERS,
    MILESTONES,
    OTHER_FUNDING,
    TENANTS,
)

FORMS = {
    form.name: form
    for form in (
        *(PROJECTS, PLAN, DISPATCH, ADJUSTMENTS, MEMBERS, TENANTS, MILESTONES, FUNDS, ENTERPRISES),
        *(INSPECTIONS, OTHER_FUNDING, EVALUATIONS, APPLICATIONS),
    )
}

#: The forms whose rows go to tables of their own.
RECORD_FORMS = {form.name: form for form in FORMS.values() if form.table is not None}

__all__ = [
    "ADJUSTMENTS",
    "DISPATCH",
    "FORMS",
    "PLAN",
    "PROJECTS",
    "RECORD_FORMS",
    "WORDY",
    "Cell",
    "Column",
    "Form",
    "Match",
    "fit",
    "header_key",
    "match",
]
