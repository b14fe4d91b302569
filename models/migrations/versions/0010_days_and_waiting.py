"""A day's totals, and adjustments that wait, are found without reading all of the table."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("day_total_of_day", "daytotal", ["state_on"])
    op.create_index("adjustment_by_status", "adjustment", ["status", "city"])


def downgrade() -> None:
    op.drop_index("adjustment_by_status", "adjustment")
    op.drop_index("day_total_of_day", "daytotal")
