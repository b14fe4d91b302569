"""Policies in force by scope, the version behind each light, and what each person wants of mails."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
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
    for table, column, kind in _ADDED:
        op.execute(f"alter table {table} add column {column} {_kind(kind)}")
    op.execute(  # until now one policy judged everybody, and the day's judgement names it
        "update daystate set policy = (select j.policy from judgement j "
        "where j.judged_on = daystate.state_on order by j.known_at desc limit 1)"
    )

    op.create_index("message_by_recipient", "message", ["recipient", "created_at"], unique=False)


def downgrade() -> None:
    """Which policy was in force where is lost; each light's version and people's preferences with it."""
    op.drop_index("message_by_recipient", "message")
    for table, column, _ in _ADDED:
        op.execute(f"alter table {table} drop column {column}")
    op.drop_table("policyinforce")


_AT_ONCE = "constraint ck_person_at_once check (at_once in ('none', 'red', 'red_and_yellow'))"
_ADDED = (
    ("daystate", "policy", "integer"),
    ("judgement", "held_until", "timestamp with time zone"),
    ("person", "digest", "boolean not null default true"),
    ("person", "digest_hour", "integer"),
    ("person", "at_once", f"varchar(32) not null default 'red' {_AT_ONCE}"),
    ("message", "at_once", "boolean not null default false"),
    ("message", "resent_by", "varchar(254)"),
    ("message", "resent_at", "timestamp with time zone"),
)


def _kind(kind: str) -> str:
    """A column's type; STRICT tables of SQLite know only a few."""
    if op.get_bind().dialect.name != "sqlite":
        return kind
    name, _, rest = kind.removesuffix(" with time zone").partition(" ")
    whole = name in ("integer", "boolean")
    return f"{'INTEGER' if whole else 'TEXT'} {rest}".replace("true", "1").replace("false", "0").strip()


def _coded(*members: str) -> sa.Enum:
    return sa.Enum(*members, name=None, native_enum=False, create_constraint=True, length=32)
