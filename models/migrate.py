"""Bring a database's schema to this code's, in one transaction, and tell whether it is there."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from models.db import Database
from models.roster import plant_roster
from models.tables import metadata


def migrate(db: Database, now: datetime) -> str:
    """Upgrade to the newest revision and bring the reference rows up to date. Returns the revision.

    One migrator at a time: SQLite by its write lock, PostgreSQL by an advisory lock.
    """
    with db.rw.begin() as connection:
        if not db.is_sqlite:
            connection.execute(sa.text("select pg_advisory_xact_lock(108)"))
        command.upgrade(_config(connection), "head")
    plant_roster(db, now)
    return newest_revision()


def current_revision(db: Database) -> str | None:
    """The revision a database stands at; None where it has no schema of ours."""
    with db.ro.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision this code needs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def drift(db: Database) -> list:
    """What the tables in code have and the migrated schema has not, as Alembic sees it."""
    with db.ro.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def new_revision(db: Database, message: str) -> None:
    """Write a migration file for what changed in the tables; read it before you commit it."""
    with db.ro.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True)


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
