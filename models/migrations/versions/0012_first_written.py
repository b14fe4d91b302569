"""The day on which a milestone was first written as it stands, whatever came first."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("milestone", sa.Column("first_reported_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("milestone", "first_reported_on")
