"""Is the database there, and is the worker alive? For monitors (match the body) and for the page's banner."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, func, select

from models.alerts import Lease, Message
from models.db import Database
from models.vocabulary import MessageState

#: The worker renews its lease at least this often while it lives.
SILENT_AFTER = timedelta(seconds=60)


def health(db: Database, *, now: datetime) -> dict[str, Any]:
    """``status`` is ``ok`` only when the database answers and a worker holds a live lease."""
    try:
        with Session(db.ro) as session:
            until = session.exec(select(func.max(Lease.until))).one()
            dead = session.exec(
                select(func.count()).select_from(Message).where(Message.state == MessageState.DEAD)
            ).one()
            oldest = session.exec(
                select(func.min(Message.created_at)).where(Message.state == MessageState.QUEUED)
            ).one()
    except sa.exc.SQLAlchemyError:
        return {"status": "down", "database": "unreachable", "worker": "unknown"}
    alive = until is not None and now - until < SILENT_AFTER
    return {
        "status": "ok" if alive else "degraded",
        "database": "ok",
        "worker": "ok" if alive else "silent",
        "dead_messages": dead,
        "oldest_queued_s": round((now - oldest).total_seconds()) if oldest else None,
    }
