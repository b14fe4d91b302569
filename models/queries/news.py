"""When something last came in or happened within a scope: submissions, events of alerts, events of orders."""

from datetime import datetime

import sqlalchemy as sa

from models.access import Scope, within
from models.alerts import AlertEvent
from models.db import Database
from models.orders import OrderEvent
from models.reports import Submission

_S, _A, _O = Submission.__table__.c, AlertEvent.__table__.c, OrderEvent.__table__.c

#: What is watched: the city, the instant, and the indexed column that leads to the newest.
_WATCHED = (
    (_S.city, _S.received_at, _S.received_at),
    (_A.city, _A.event_at, _A.event_on),
    (_O.city, _O.happened_at, _O.happened_on),
)


def newest(db: Database, scope: Scope) -> tuple[datetime | None, ...]:
    """The newest instant of each kind; None where there never was one."""
    asked = (
        within(sa.select(instant), scope, city).order_by(leads.desc(), instant.desc()).limit(1)
        for city, instant, leads in _WATCHED
    )
    told = (one.scalar_subquery().label(f"newest_{n}") for n, one in enumerate(asked))
    with db.ro.connect() as connection:
        return tuple(connection.execute(sa.select(*told)).one())
