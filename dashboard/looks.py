"""Looking at personal contacts is a deed too: noted once for each thing looked at in an open page, not at each rerun."""

import streamlit as st

from dashboard.visit import Visit
from models.audit import Deed, audit
from models.vocabulary import AuditKind

_NOTED = "looks-noted"


def note(visit: Visit, what: str, about: str) -> None:
    """Remember that the reader looked at contacts (``what`` a marked text, ``about`` which); commits."""
    noted = st.session_state.setdefault(_NOTED, set())
    if (what, about) in noted:
        return
    with visit.db.rw.begin() as connection:
        deed = Deed(AuditKind.CONTACTS, visit.scope.email, visit.now, what, visit.scope.place, about)
        audit(connection, deed)
    noted.add((what, about))
