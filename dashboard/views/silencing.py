"""Silences on pages: who silenced an alert until when and why, and the form of those who may.

What a silence hides is counted before it is set.
"""

from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Any

import polars as pl
import streamlit as st

from alerts.policy import Limits
from alerts.silences import LONGEST, Wish, end_silence, set_silence, silenced, stored_silences
from dashboard import parts
from dashboard.visit import Visit
from models.access import Action
from models.clock import CHINA
from models.queries import alert_list, places
from models.queries.alert_list import AlertRow, Wanted
from models.words import mark

#: What a silence may cover, from the narrowest: which fields of the alert narrow it.
_WIDTHS = {
    "alert": (mark("This alert"), ("project", "rule", "alert")),
    "project": (mark("All alerts of this project"), ("project",)),
    "rule": (mark("All alerts of this rule in this city"), ("rule",)),
    "city": (mark("All alerts of this city"), ()),
}


def of_alerts(visit: Visit, alerts: pl.DataFrame) -> pl.DataFrame:
    """Alerts (city, project, rule, id) with ``silence``, the id of the one that holds now, and its row."""
    with visit.db.ro.connect() as connection:
        live = stored_silences(connection, visit.now)
    of = {code: place.province for code, place in places.names(visit.db).items()}
    found = silenced(alerts.rename({"id": "alert"}), live, visit.now, of).rename({"alert": "id"})
    told = live.select("id", "until_at", "set_by", "reason", silence_city="city").rename({"id": "silence"})
    told = told.rename({"reason": "silence_reason"})
    return found.join(told, on="silence", how="left", maintain_order="left")


def holding(visit: Visit, alert: AlertRow) -> dict[str, Any] | None:
    """The silence that holds for one alert now: silence, silence_city, until_at, set_by, silence_reason."""
    row = {name: asdict(alert)[name] for name in ("city", "project", "rule", "id")}
    schema = dict.fromkeys(row, pl.String)
    found = of_alerts(visit, pl.DataFrame([row], schema=schema)).row(0, named=True)
    return found if found["silence"] else None


def note(visit: Visit, alert: AlertRow) -> None:
    """Say that an alert is silenced: by whom, until when, why; and let those who may end it."""
    t, held = visit.words, holding(visit, alert)
    if held is None or alert.closed_on is not None:
        return
    said = t(
        "Silenced by {by} until {until}: {reason}. Nothing is sent of it; it lives on all the same.",
        by=held["set_by"],
        until=t.instant(held["until_at"]),
        reason=held["silence_reason"],
    )
    st.info(parts.escape(said), icon=":material/notifications_off:")
    if visit.may(Action.DECIDE) and st.button(t("End the silence"), key=f"end-{held['silence']}"):
        done(visit, end_silence(visit.db, visit.scope, held["silence_city"], held["silence"], at=visit.now))


def offer(visit: Visit, alert: AlertRow, limits: Limits) -> None:
    """The form that silences, for those who decide, where nothing holds yet."""
    t = visit.words
    if not visit.may(Action.DECIDE) or holding(visit, alert):
        return
    with st.expander(t("Silence")):
        widths = [name for name in _WIDTHS if alert.project is not None or name != "project"]
        width = st.radio(
            t("What is silenced"), widths, format_func=lambda name: t(_WIDTHS[name][0]), key="silence-width"
        )
        st.caption(t("It hides {n} open alerts now.", n=_hidden(visit, alert, width)))
        with st.form(f"silence-{alert.id}", border=False):
            until = st.date_input(
                t("Until (end of the day)"),
                visit.today + timedelta(days=7),
                min_value=visit.today,
                max_value=visit.today + LONGEST - timedelta(days=1),
                key="silence-until",
            )
            reason = st.text_input(t("Why it is silenced"), max_chars=500, key="silence-reason")
            if st.form_submit_button(t("Silence")):
                at = datetime.combine(until, time(23, 59, 59), CHINA)
                done(visit, set_silence(visit.db, _wish(visit, alert, width, at, reason)))


def done(visit: Visit, refusal: str | None) -> None:
    """Say why something was refused, or show the page anew."""
    if refusal:
        st.error(visit.words(refusal))
        return
    st.toast(visit.words("Done. All pages show it already."))
    st.rerun()


def _wish(visit: Visit, alert: AlertRow, width: str, until: datetime, reason: str) -> Wish:
    own = {"project": alert.project, "rule": alert.rule, "alert": alert.id}
    narrowed = {name: own[name] for name in _WIDTHS[width][1]}
    return Wish(visit.scope, alert.city, until, reason, visit.now, **narrowed)


def _hidden(visit: Visit, alert: AlertRow, width: str) -> int:
    """How many open alerts of the city such a silence would hide."""
    names = _WIDTHS[width][1]
    if "alert" in names:
        return 1
    wanted = Wanted(cities=frozenset({alert.city}), rule=alert.rule if "rule" in names else None)
    found = alert_list.alerts(visit.db, visit.scope, wanted, limit=10_000)
    return found.height if "project" not in names else (found["project"] == alert.project).sum()
