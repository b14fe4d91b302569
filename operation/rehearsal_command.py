"""``manage.py rehearse``: a proposed policy beside the one in force, on the past twelve months as known then."""

from datetime import date
from typing import Any

from alerts.enacting import cities_of
from alerts.in_force import NATIONAL, Key, policies_at
from alerts.policy import Policy
from alerts.rehearsal import FOLLOWED_DAYS, rehearsal_days, rehearse
from models.clock import end_of_day
from models.db import Database


def rehearsed(
    db: Database, proposed: Policy | None, until: date, months: int, *, key: Key = NATIONAL
) -> dict[str, Any]:
    """One JSON-ready object: what is in force, and the proposed policy in the place of a scope's, would have done.

    Over the scope's cities only. Raises LookupError for a scope without cities.
    """
    with db.ro.connect() as connection:
        tried = {"in_force": policies_at(connection, end_of_day(until))}
        cities = cities_of(connection, key)
    if cities is not None and not cities:
        raise LookupError(f"{key[0]}:{key[1]}")
    if proposed is not None:
        tried["proposed"] = tried["in_force"].trying(key, proposed)
    days = rehearsal_days(until, months)
    found = rehearse(db, tried, days, tried["in_force"].provinces, cities=cities)
    return {
        "days": [str(day) for day in days],
        "followed_within_days": FOLLOWED_DAYS,
        **{name: one.as_dict() for name, one in found.items()},
    }


def lines(found: dict[str, Any]) -> str:
    """The same for people: a line a rule, and what both policies come to."""
    names = [name for name in ("in_force", "proposed") if name in found]
    told = [f"{len(found['days'])} days from {found['days'][0]} to {found['days'][-1]}, as known then."]
    for name in names:
        one = found[name]
        alerts, mails = one["alerts"], one["mails"]
        told.append(
            f"\n{name.replace('_', ' ')}: {alerts['opened']} alerts ({alerts['red']} red), {mails['all']} mails; "
            f"{alerts['followed']} followed by trouble within {found['followed_within_days']} days, "
            f"{alerts['known']} in trouble already, {alerts['unfollowed']} not followed, "
            f"{alerts['too_early']} too early to say; {one['missed']} of {one['troubles']} troubles missed."
        )
        told += [
            f"  {rule}: {tally['opened']} alerts, {tally['followed']} followed, {tally['unfollowed']} not"
            for rule, tally in one["rules"].items()
        ]
    return "\n".join(told)
