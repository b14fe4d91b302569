"""The newest event of a scope is found in the index alone, however many one day has."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("alert_event_by_day", "alertevent")
    op.create_index("alert_event_by_day", "alertevent", ["event_on", "event_at", "city"])


def downgrade() -> None:
    op.drop_index("alert_event_by_day", "alertevent")
    op.create_index("alert_event_by_day", "alertevent", ["event_on"])
