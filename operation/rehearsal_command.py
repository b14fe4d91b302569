"""``manage.py rehearse``: a proposed policy beside the one in force, on the past twelve months as known then."""

from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alerts.edges import PolicyError
from alerts.policy import Policy, read_policy, stored_policy
from alerts.rehearsal import FOLLOWED_DAYS, rehearsal_days, rehearse
from models.db import Database
from models.places import Place


def rehearsed(db: Database, proposed: Path | None, until: date, months: int) -> dict[str, Any]:
    """One JSON-ready object: what each policy would have done. Raises PolicyError, OSError."""
    with db.ro.connect() as connection:
        policies: dict[str, Policy] = {"in_force": stored_policy(connection)}
        places = connection.execute(sa.select(Place.code, Place.province)).all()
    if proposed is not None:
        policies["proposed"] = _read(proposed)
    days = rehearsal_days(until, months)
    found = rehearse(db, policies, days, {code: province for code, province in places if province})
    return {
        "days": [str(day) for day in days],
        "followed_within_days": FOLLOWED_DAYS,
        **{name: one.as_dict() for name, one in found.items()},
    }


def _read(path: Path) -> Policy:
    try:
        return read_policy(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name}: {error}") from None


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
