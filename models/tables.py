"""Every table, imported once: for migrations and for tests that build a schema."""

from sqlmodel import SQLModel

from models import (
    alerts,
    audit,
    ladder,
    meetings,
    orders,
    overlap_decisions,
    people,
    places,
    plans,
    policies,
    projects,
    records,
    reports,
    sources,
    state,
    windows,
)

metadata = SQLModel.metadata

__all__ = [
    "alerts",
    "audit",
    "ladder",
    "meetings",
    "metadata",
    "orders",
    "overlap_decisions",
    "people",
    "places",
    "plans",
    "policies",
    "projects",
    "records",
    "reports",
    "sources",
    "state",
    "windows",
]
