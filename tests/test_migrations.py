"""A migrated database has the schema of the code, and a broken migration leaves nothing behind."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa

from models import migrate
from models.db import Database, open_database
from models.tables import metadata


@pytest.fixture
def empty(db_url: str) -> Iterator[Database]:
    database = open_database(db_url, pooled=False)
    yield database
    database.dispose()


def _schema(db: Database) -> dict:
    inspector = sa.inspect(db.ro)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)},
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "checks": sorted(c["name"] for c in inspector.get_check_constraints(table)),
            "indexes": sorted(i["name"] for i in inspector.get_indexes(table)),
            "foreign": sorted(f["name"] for f in inspector.get_foreign_keys(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_build_the_schema_of_the_code(empty: Database, now: datetime) -> None:
    assert migrate.current_revision(empty) is None
    migrate.migrate(empty, now)
    assert migrate.current_revision(empty) == migrate.newest_revision()
    migrated = _schema(empty)
    with empty.rw.begin() as connection:
        connection.execute(sa.text("drop table alembic_version"))
    metadata.drop_all(empty.rw)
    metadata.create_all(empty.rw)
    assert migrated == _schema(empty)


def test_migrating_twice_changes_nothing(empty: Database, now: datetime) -> None:
    migrate.migrate(empty, now)
    before = _schema(empty)
    migrate.migrate(empty, now)
    assert _schema(empty) == before
    assert migrate.drift(empty) == []


def test_a_broken_migration_leaves_nothing(
    empty: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrate.command.upgrade

    def upgrade_and_fail(*args: object) -> None:
        upgrade(*args)
        raise ZeroDivisionError

    monkeypatch.setattr(migrate.command, "upgrade", upgrade_and_fail)
    with pytest.raises(ZeroDivisionError):
        migrate.migrate(empty, now)
    assert sa.inspect(empty.ro).get_table_names() == []
