"""Alerts about places themselves, and what keeps an alert from opening or ending.

An alert without a project speaks about its city or province.

SQLite changes no column, so there both tables are built anew around their rows; the events go first, because
they refer to the alerts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD_TRANSITIONS = ("opened", "worsened", "eased", "resolved")
_TRANSITIONS = (*_OLD_TRANSITIONS, "held", "acknowledged")
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _build_anew(_TRANSITIONS, project_nullable=True)
    else:
        op.drop_index("one_open_alert", "alert")
        op.alter_column("alert", "project", nullable=True)
        _transitions(_TRANSITIONS)
    _index("city", sa.text("coalesce(project, '')"), "rule")
    op.add_column("alertevent", sa.Column("by", sa.String(254), nullable=True))
    op.add_column("alertevent", sa.Column("note", sa.String(), nullable=True))
    _waiting()
    _silence()
    _telling()


def downgrade() -> None:
    """Alerts about places, and what the older schema does not know of the others, are lost."""
    op.drop_table("telling")
    op.drop_table("silence")
    op.drop_table("alertwaiting")
    op.drop_column("alertevent", "note")
    op.drop_column("alertevent", "by")
    old = ", ".join(f"'{name}'" for name in _OLD_TRANSITIONS)
    op.execute(f"delete from alertevent where transition not in ({old})")
    of_places = "select id from alert where project is null"
    op.execute(f"delete from alertevent where alert in ({of_places})")
    op.execute("delete from alert where project is null")
    if op.get_bind().dialect.name == "sqlite":
        _build_anew(_OLD_TRANSITIONS, project_nullable=False)
    else:
        op.drop_index("one_open_alert", "alert")
        op.alter_column("alert", "project", nullable=False)
        _transitions(_OLD_TRANSITIONS)
    _index("city", "project", "rule")


def _index(*columns: object) -> None:
    op.create_index(
        "one_open_alert", "alert", columns, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def _transitions(members: tuple[str, ...]) -> None:
    """What an event may be, on PostgreSQL."""
    listed = ", ".join(f"'{name}'" for name in members)
    op.drop_constraint(op.f("ck_alertevent_transition"), "alertevent")
    op.create_check_constraint(op.f("ck_alertevent_transition"), "alertevent", f"transition in ({listed})")


def _waiting() -> None:
    op.create_table(
        "alertwaiting",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("severity", _coded("yellow", "red"), nullable=False),
        sa.Column("why", _coded("pending", "inhibited"), nullable=False),
        sa.Column("by", sa.String(40), nullable=True),
        sa.PrimaryKeyConstraint("city", "project", "rule", name=op.f("pk_alertwaiting")),
        sqlite_strict=True,
    )


def _silence() -> None:
    op.create_table(
        "silence",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("project", sa.String(64), nullable=True),
        sa.Column("rule", sa.String(40), nullable=True),
        sa.Column("alert", sa.String(36), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(254), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(254), nullable=True),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_silence")),
        sqlite_strict=True,
    )
    op.create_index("silence_until", "silence", ["until_at"], unique=False)


def _telling() -> None:
    """What was told so far was told with every change: everybody counts as told of all that is open."""
    op.create_table(
        "telling",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("alert", sa.String(36), nullable=False),
        sa.Column("message", sa.String(300), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "alert", "seq"],
            ["alertevent.city", "alertevent.alert", "alertevent.seq"],
            name=op.f("fk_telling_city_alertevent"),
        ),
        sa.PrimaryKeyConstraint("city", "alert", "message", name=op.f("pk_telling")),
        sqlite_strict=True,
    )
    op.create_index("telling_by_recipient", "telling", ["recipient", "alert"], unique=False)
    op.execute(
        "insert into telling (city, alert, message, recipient, seq, told_on) "
        "select a.city, a.id, 'before:' || p.email, p.email, max(e.seq), max(e.event_on) "
        "from alert a join alertevent e on e.city = a.city and e.alert = a.id "
        "join place on place.code = a.city cross join person p "
        "where a.closed_at is null and p.mails and p.disabled_at is null "
        "and (p.place in (a.city, place.province) or p.role = 'ministry' and a.severity = 'red') "
        "group by a.city, a.id, p.email"
    )


def _build_anew(transitions: tuple[str, ...], *, project_nullable: bool) -> None:
    for table in ("alertevent", "alert"):
        op.execute(f"create temporary table kept_{table} as select * from {table}")
        op.drop_table(table)
    _alert(project_nullable=project_nullable)
    _event(transitions)
    for table, columns in (("alert", _ALERT), ("alertevent", _EVENT)):
        op.execute(f"insert into {table} ({columns}) select {columns} from kept_{table}")
        op.execute(f"drop table kept_{table}")


_ALERT = (
    "city, id, project, rule, severity, measured, explanation, policy, opened_on, opened_at, last_on, "
    "closed_on, closed_at"
)
_EVENT = 'city, alert, seq, transition, event_on, event_at, "before", "after", measured, reason, explanation, policy'


def _alert(*, project_nullable: bool) -> None:
    op.create_table(
        "alert",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("project", sa.String(64), nullable=project_nullable),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("severity", _coded("yellow", "red"), nullable=False),
        sa.Column("measured", sa.Float(), nullable=True),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_alert_city_project")
        ),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_alert")),
        sqlite_strict=True,
    )


def _event(transitions: tuple[str, ...]) -> None:
    op.create_table(
        "alertevent",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("alert", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("transition", _coded(*transitions), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", _coded("yellow", "red"), nullable=True),
        sa.Column("after", _coded("yellow", "red"), nullable=True),
        sa.Column("measured", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "alert"], ["alert.city", "alert.id"], name=op.f("fk_alertevent_city_alert")
        ),
        sa.PrimaryKeyConstraint("city", "alert", "seq", name=op.f("pk_alertevent")),
        sqlite_strict=True,
    )
    op.create_index("alert_event_by_day", "alertevent", ["event_on"], unique=False)


def _coded(*members: str) -> sa.Enum:
    return sa.Enum(*members, name=None, native_enum=False, create_constraint=True, length=32)
