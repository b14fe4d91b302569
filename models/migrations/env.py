"""How Alembic reaches the database: a connection is handed in by ``models/migrate.py``."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString, UTCDateTime

from models.tables import metadata


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | bool:
    """Migrations speak plain SQLAlchemy, never application code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if kind == "type" and isinstance(item, sa.Enum):  # unnamed: the naming convention names the check
        members = ", ".join(repr(member) for member in item.enums)
        return f"sa.Enum({members}, name=None, native_enum=False, create_constraint=True, length=32)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render_item,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    compare_type=False,
)
context.run_migrations()
