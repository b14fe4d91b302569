"""Carry out what is signed, granted and set in the demonstration, by ``collectors/signoff.py`` like anybody.

Each at its own instant. Whoever signs first looks at the figures; the next one signs what was looked at, so
that a file that came between is noticed. What is there already from a loading that was cut off is passed
over.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from collectors import demo, signoff
from collectors.signoff import Grant, Signing
from models.db import Database
from models.roster import PILOT
from models.vocabulary import SignStep
from models.windows import ReportingRule, SignOff, WindowException

#: What happened, by table: whose, when, and the day it is about.
_HAPPENED = (
    (SignOff, "signed_at", "period_end"),
    (WindowException, "granted_at", "period_end"),
    (ReportingRule, "set_at", "from_on"),
)


@dataclass
class Signatures:
    """The signatures of a loading: what was there before, and the state each period was last looked at in."""

    db: Database
    known: frozenset[tuple[str, datetime, date]]
    looked: dict[tuple[str, date], str | None] = field(default_factory=dict)

    def carry_out(self, event: demo.DemoEvent) -> None:
        """Do what the event says. Commits; raises RuntimeError where it is refused."""
        if (event.city, event.at, event.about) in self.known:
            return
        refusal = _DO[type(event)](self, event)
        if refusal is not None:
            raise RuntimeError(f"{event}: {refusal}")

    def sign(self, event: demo.Signed) -> str | None:
        key = (event.city, event.period.end)
        if key not in self.looked:
            with self.db.ro.connect() as connection:
                self.looked[key] = signoff.state_of(connection, event.city, event.period)[0]
        state = self.looked[key] or ""
        signing = Signing(event.by, event.city, event.period, state, event.at, event.note)
        if event.department is not None:
            return signoff.vouch(self.db, signing, event.department)
        del self.looked[key]
        decide = signoff.accept if event.step == SignStep.ACCEPTED else signoff.give_back
        return decide(self.db, signing)

    def grant(self, event: demo.Granted) -> str | None:
        wish = Grant(*(event.by, (event.city,), event.about, event.kind, event.until, event.reason, event.at))
        return signoff.grant(self.db, wish)

    def set_rule(self, event: demo.RuleSet) -> str | None:
        rule = ReportingRule(
            city=event.city,
            programme=PILOT,
            set_at=event.at,
            unit=event.unit,
            due_days=event.due_days,
            from_on=event.about,
            reason=event.reason,
            set_by=event.by.email,
        )
        return signoff.set_rule(self.db, rule, by=event.by)


_DO = {
    demo.Signed: Signatures.sign,
    demo.Granted: Signatures.grant,
    demo.RuleSet: Signatures.set_rule,
}


def begun(db: Database) -> Signatures:
    """What was signed, granted and set so far."""
    known: set[tuple[str, datetime, date]] = set()
    with db.ro.connect() as connection:
        for table, *names in _HAPPENED:
            columns = (table.__table__.c[name] for name in ("city", *names))
            known |= {tuple(row) for row in connection.execute(sa.select(*columns))}
    return Signatures(db, frozenset(known))
