"""Every table, imported once: for migrations and for tests that build a schema."""

from sqlmodel import SQLModel

from models import alerts, audit, people, places, plans, projects, records, reports, sources, state, windows

metadata = SQLModel.metadata

__all__ = [
    "alerts",
    "audit",
    "metadata",
    "people",
    "places",
    "plans",
    "projects",
    "records",
    "reports",
    "sources",
    "state",
    "windows",
]
