"""Policies in force by scope, the version behind each light, and what each person wants of mails."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policyinforce",
        sa.Column("scope", _coded("nation", "programme", "province", "city"), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(254), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["policy"], ["policy.version"], name=op.f("fk_policyinforce_policy_policy")),
        sa.PrimaryKeyConstraint("scope", "place", "seq", name=op.f("pk_policyinforce")),
        sqlite_strict=True,
    )
    op.create_index("policy_in_force_from", "policyinforce", ["from_at"], unique=False)
    op.add_column("daystate", sa.Column("policy", sa.Integer(), nullable=True))
    op.execute(  # until now one policy judged everybody, and the day's judgement names it
        "update daystate set policy = (select j.policy from judgement j "
        "where j.judged_on = daystate.state_on order by j.known_at desc limit 1)"
    )


def downgrade() -> None:
    """Which policy was in force where is lost; each light's version with it."""
    op.drop_column("daystate", "policy")
    op.drop_table("policyinforce")


def _coded(*members: str) -> sa.Enum:
    return sa.Enum(*members, name=None, native_enum=False, create_constraint=True, length=32)
