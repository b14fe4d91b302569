"""Decisions on pairs that may hold central money twice.

Revision ID: 0006
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "overlapdecision",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("other", sa.String(460), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", _verdict(), nullable=False),
        sa.Column("compared", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("document_no", sa.String(100), nullable=True),
        sa.Column("decided_by", sa.String(254), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "project"],
            ["project.city", "project.code"],
            name=op.f("fk_overlapdecision_city_project"),
        ),
        sa.PrimaryKeyConstraint("city", "project", "other", "decided_at", name=op.f("pk_overlapdecision")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("overlapdecision")


def _verdict() -> sa.Enum:
    members = ("allowed_overlap", "breach", "different_projects")
    return sa.Enum(*members, name=None, native_enum=False, create_constraint=True, length=32)
