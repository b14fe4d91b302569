"""Alerts laid on people, acknowledgements taken back, and orders that gather several alerts.

SQLite changes no check, so there the events are built anew by their own statement, whatever columns they have
got; what refers to them is looked at when the transaction ends.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OLD_TRANSITIONS = ("opened", "worsened", "eased", "resolved", "held", "acknowledged")
_TRANSITIONS = (*_OLD_TRANSITIONS, "unacknowledged", "assigned")


def upgrade() -> None:
    _transitions(_TRANSITIONS)
    op.add_column("alertevent", sa.Column("assignee", sa.String(254), nullable=True))
    op.create_table(
        "orderalert",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("alert", sa.String(36), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "order_id"],
            ["dispatchorder.city", "dispatchorder.id"],
            name=op.f("fk_orderalert_city_dispatchorder"),
        ),
        sa.ForeignKeyConstraint(
            ["city", "alert"], ["alert.city", "alert.id"], name=op.f("fk_orderalert_city_alert")
        ),
        sa.PrimaryKeyConstraint("city", "order_id", "alert", name=op.f("pk_orderalert")),
        sqlite_strict=True,
    )
    op.create_index("order_alert_by_alert", "orderalert", ["city", "alert"], unique=False)


def downgrade() -> None:
    """Who an alert was laid on, acknowledgements with what took them back, and what orders gathered are lost."""
    op.drop_table("orderalert")
    op.execute(
        "create temporary table gone_event as select city, alert, seq from alertevent as e "
        "where transition in ('unacknowledged', 'assigned') or (transition = 'acknowledged' and exists ("
        "select 1 from alertevent as later where later.city = e.city and later.alert = e.alert "
        "and later.seq > e.seq and later.transition = 'unacknowledged'))"
    )
    op.execute(
        "update telling set seq = (select max(e.seq) from alertevent as e where e.city = telling.city "
        f"and e.alert = telling.alert and e.seq <= telling.seq and not {_gone('e')}) where {_gone('telling')}"
    )
    op.execute(f"delete from alertevent where {_gone('alertevent')}")
    op.execute("drop table gone_event")
    op.drop_column("alertevent", "assignee")
    _transitions(_OLD_TRANSITIONS)


def _gone(of: str) -> str:
    """Is the event of a row among those that the older schema does not know?"""
    same = f"g.city = {of}.city and g.alert = {of}.alert and g.seq = {of}.seq"
    return f"exists (select 1 from gone_event as g where {same})"


def _transitions(members: tuple[str, ...]) -> None:
    """What an event may be."""
    listed = ", ".join(f"'{name}'" for name in members)
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_alertevent_transition"), "alertevent")
        op.create_check_constraint(
            op.f("ck_alertevent_transition"), "alertevent", f"transition in ({listed})"
        )
        return
    stands = bind.exec_driver_sql("select sql from sqlite_master where name = 'alertevent'").scalar_one()
    made, changed = re.subn(r"(transition\s+in\s*\()[^)]*\)", rf"\g<1>{listed})", stands, flags=re.IGNORECASE)
    if changed != 1:
        raise RuntimeError("the table of events has no check of transitions to change")
    bind.exec_driver_sql("pragma defer_foreign_keys = on")
    bind.exec_driver_sql("create temporary table kept_event as select * from alertevent")
    op.drop_table("alertevent")
    bind.exec_driver_sql(made)
    bind.exec_driver_sql("insert into alertevent select * from kept_event")
    bind.exec_driver_sql("drop table kept_event")
    op.create_index("alert_event_by_day", "alertevent", ["event_on"], unique=False)
