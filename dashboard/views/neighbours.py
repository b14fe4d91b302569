"""From one red project to the next: two buttons with a key each, in the order of the worst first."""

import streamlit as st

from dashboard import address
from dashboard.views import linking
from dashboard.visit import Visit
from models.queries import day_state


def draw(visit: Visit, city: str, project: str, programme: str) -> None:
    """The buttons, where there is a red project to go to. The order is that of the newest judged day."""
    t = visit.words
    reds = day_state.reds(visit.db, visit.scope, programme)
    if not reds or reds == [(city, project)]:
        return
    here = reds.index((city, project)) if (city, project) in reds else None
    before = reds[here - 1] if here is not None else reds[-1]
    after = reds[(here + 1) % len(reds)] if here is not None else reds[0]
    said = t("Red project {n} of {all}", n="—" if here is None else here + 1, all=len(reds))
    for label, key, target, icon in (
        (t("Previous red"), linking.PREVIOUS, before, ":material/chevron_left:"),
        (t("Next red"), linking.NEXT, after, ":material/chevron_right:"),
    ):
        if st.button(label, key=f"red-{key}", shortcut=key, icon=icon, type="tertiary", help=said):
            _go(*target)


def _go(city: str, project: str) -> None:
    st.query_params.from_dict(address.carried() | {"city": city, "project": project})
    st.rerun()
