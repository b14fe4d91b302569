"""A migrated database has the schema of the code, and a broken migration leaves nothing behind."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa

from models import migrate
from models.db import Database, open_database
from models.tables import metadata
from tests.servers import create_database


@pytest.fixture
def empty(db_url: str) -> Iterator[Database]:
    if db_url.startswith("postgresql"):
        create_database(db_url)
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


def test_alerts_of_the_older_schema_are_kept(empty: Database, now: datetime) -> None:
    """0003 builds the alerts anew: rows, their events and the promise of one open alert stay."""
    migrate.migrate(empty, now)
    with empty.rw.begin() as connection:
        config = migrate._config(connection)
        migrate.command.downgrade(config, "0002")
    alert = dict(city="210100", id="a1", rule="stalled", severity="red", explanation="{}", policy=1)
    alert |= dict(opened_on="2026-11-01", opened_at=now.isoformat(), last_on="2026-11-02")
    event = dict(city="210100", alert="a1", seq=1, transition="opened", event_on="2026-11-01")
    event |= dict(event_at=now.isoformat(), reason="{}", explanation="{}", policy=1)
    with empty.rw.begin() as connection:
        for table, row in (
            ("person", _person(now, "c@x.cn", "city", "210100")),
            ("person", _person(now, "e@x.cn", "city", "440100")),
            ("person", _person(now, "m@x.cn", "ministry", "000000")),
            ("project", _project(now)),
            ("alert", alert | {"project": "P1"}),
            ("alertevent", event),
        ):
            _insert(connection, table, row)
    with pytest.raises(sa.exc.IntegrityError), empty.rw.begin() as connection:
        _insert(connection, "alert", alert | {"id": "a2", "project": None})
    migrate.migrate(empty, now)
    with empty.ro.connect() as connection:
        assert connection.execute(sa.text("select id, project, closed_at from alert")).all() == [
            ("a1", "P1", None)
        ]
        assert connection.scalar(sa.text("select count(*) from alertevent where alert = 'a1'")) == 1
        told = connection.execute(sa.text("select recipient, seq from telling order by recipient")).all()
        assert told == [("c@x.cn", 1), ("m@x.cn", 1)]  # they were told when it opened
    with empty.rw.begin() as connection:
        _insert(connection, "alert", alert | {"id": "a2", "project": None})
    for again in ({"id": "a3", "project": None}, {"id": "a4", "project": "P1"}):
        with pytest.raises(sa.exc.IntegrityError), empty.rw.begin() as connection:
            _insert(connection, "alert", alert | again)


def test_lights_of_the_older_schema_get_the_version_of_their_day(empty: Database, now: datetime) -> None:
    """0005 names the version behind each light: until then one policy judged everybody."""
    migrate.migrate(empty, now)
    with empty.rw.begin() as connection:
        migrate.command.downgrade(migrate._config(connection), "0003")
    state = dict(city="210100", project="P1", programme="pilot", kind="point", name="P1", unit_name="u")
    state |= dict(light="red", light_v1="red", change="new", freshness="fresh", score=4.5, rules="")
    judged = dict(known_at=now.isoformat(), finished_at=now.isoformat(), moved_alerts=True, projects=1)
    judged |= dict(opened=0, worsened=0, eased=0, resolved=0)
    with empty.rw.begin() as connection:
        _insert(connection, "person", _person(now, "c@x.cn", "city", "210100"))
        for day, policy in (("2026-11-20", 3), ("2026-11-21", 4)):
            _insert(connection, "judgement", judged | dict(id=day, judged_on=day, policy=policy))
        for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
            _insert(connection, "daystate", state | dict(state_on=day, version=1, adjustments=0))
    migrate.migrate(empty, now)
    with empty.ro.connect() as connection:
        named = connection.execute(sa.text("select policy from daystate order by state_on")).scalars().all()
        person = connection.execute(sa.text("select digest, digest_hour, at_once from person")).one()
    assert named == [3, 4, None]
    assert (bool(person.digest), person.digest_hour, person.at_once) == (True, None, "red")


def test_people_keep_their_sessions_when_roles_are_added(empty: Database, now: datetime) -> None:
    """0007 builds the people anew under what refers to them; whatever other columns they have stay too."""
    migrate.migrate(empty, now)
    with empty.rw.begin() as connection:
        migrate.command.downgrade(migrate._config(connection), "0003")
    person = _person(now, "c@x.cn", "city", "210100") | {"department": "finance"}
    auditor = _person(now, "a@x.cn", "auditor", "000000")
    session = dict(id="s1", email="c@x.cn", created_at=now.isoformat(), seen_at=now.isoformat())
    with empty.rw.begin() as connection:
        _insert(connection, "person", person)
        _insert(connection, "signin", session)
    with pytest.raises(sa.exc.IntegrityError), empty.rw.begin() as connection:
        _insert(connection, "person", auditor)
    migrate.migrate(empty, now)
    with empty.ro.connect() as connection:
        kept = "select p.email, p.department, p.administers from signin s join person p on p.email = s.email"
        assert [tuple(row) for row in connection.execute(sa.text(kept))] == [("c@x.cn", "finance", False)]
    with pytest.raises(sa.exc.IntegrityError), empty.rw.begin() as connection:
        _insert(connection, "signin", session | {"id": "s2", "email": "nobody@x.cn"})
    with empty.rw.begin() as connection:
        _insert(connection, "person", auditor | {"administers": False})
        migrate.command.downgrade(migrate._config(connection), "0003")
    with empty.ro.connect() as connection:
        role = "select role from person where email = 'a@x.cn' and disabled_at is not null"
        assert connection.scalar(sa.text(role)) == "administrator"


def _person(now: datetime, email: str, role: str, place: str) -> dict:
    row = dict(email=email, name=email, role=role, place=place, mails=True, offered=False)
    return row | dict(created_at=now.isoformat())


def _project(now: datetime) -> dict:
    row = dict(city="210100", code="P1", programme="pilot", kind="point", submission="s", row_no=1)
    return row | dict(recorded_at=now.isoformat())


def _insert(connection: sa.Connection, table: str, row: dict) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(sa.text(f"insert into {table} ({names}) values ({values})"), row)


def test_events_keep_their_tellings_when_alerts_are_laid_on_people(empty: Database, now: datetime) -> None:
    """0010 builds the events anew under what refers to them; going back, a mail tells what the older schema knows."""
    migrate.migrate(empty, now)
    alert = dict(city="210100", id="a1", rule="stalled", severity="red", explanation="{}", policy=1)
    alert |= dict(opened_on="2026-11-01", opened_at=now.isoformat(), last_on="2026-11-02")
    event = dict(city="210100", alert="a1", event_on="2026-11-01", event_at=now.isoformat())
    event |= dict(reason="{}", explanation="{}", policy=1)
    steps = ("opened", "acknowledged", "unacknowledged", "assigned")
    with empty.rw.begin() as connection:
        _insert(connection, "alert", alert)
        for seq, transition in enumerate(steps, 1):
            _insert(connection, "alertevent", event | dict(seq=seq, transition=transition))
        _insert(
            connection,
            "telling",
            dict(city="210100", alert="a1", message="m", recipient="c@x.cn")
            | dict(seq=4, told_on="2026-11-02"),
        )
    with empty.rw.begin() as connection:
        migrate.command.downgrade(migrate._config(connection), "0007")
    with empty.ro.connect() as connection:
        assert connection.execute(sa.text("select seq, transition from alertevent")).all() == [(1, "opened")]
        assert connection.scalar(sa.text("select seq from telling")) == 1
    with pytest.raises(sa.exc.IntegrityError), empty.rw.begin() as connection:
        _insert(connection, "alertevent", event | dict(seq=2, transition="assigned"))
    migrate.migrate(empty, now)
    with empty.rw.begin() as connection:
        _insert(connection, "alertevent", event | dict(seq=2, transition="assigned", assignee="c@x.cn"))
