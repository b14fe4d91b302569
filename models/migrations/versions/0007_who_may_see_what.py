"""Auditors, administrators beside a post, passwords for once, and the audit log.

SQLite changes no check, so there the people are built anew by their own statement, whatever columns they have
got; what refers to them is looked at when the transaction ends.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OLD_ROLES = ("ministry", "province", "city", "administrator")
_ROLES = (*_OLD_ROLES, "auditor", "operator")
_KINDS = ("sign_in", "refused", "sign_out", "password", "people", "contacts", "export", "commit")
_KINDS = (*_KINDS, "decision", "administration")

_GUARDS = {
    "sqlite": (
        "create trigger audit_unchanged before update on audit begin "
        "select raise(abort, 'the audit log is only added to'); end",
        "create trigger audit_kept before delete on audit begin "
        "select raise(abort, 'the audit log is only added to'); end",
    ),
    "postgresql": (
        "create or replace function audit_only_added_to() returns trigger language plpgsql as "
        "$$ begin raise exception 'the audit log is only added to'; end $$",
        "create trigger audit_unchanged before update or delete on audit "
        "for each row execute function audit_only_added_to()",
        "create trigger audit_kept before truncate on audit "
        "for each statement execute function audit_only_added_to()",
    ),
}


def upgrade() -> None:
    _roles(_ROLES)
    op.add_column("person", sa.Column("administers", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("person", sa.Column("once_until_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name=None, native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("who", sa.String(254), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sqlite_strict=True,
    )
    op.create_index("audit_by_day", "audit", ["at"], unique=False)
    op.create_table(
        "audithead",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audithead")),
        sqlite_strict=True,
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """The audit log is lost. Auditors and people without a post that the older schema knows are disabled administrators."""
    op.drop_table("audithead")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function audit_only_added_to")
    op.drop_column("person", "once_until_at")
    op.drop_column("person", "administers")
    old = ", ".join(f"'{name}'" for name in _OLD_ROLES)
    op.execute(
        "update person set role = 'administrator', disabled_at = coalesce(disabled_at, created_at) "
        f"where role not in ({old})"
    )
    _roles(_OLD_ROLES)


def _roles(members: tuple[str, ...]) -> None:
    """Which roles a person may have."""
    listed = ", ".join(f"'{name}'" for name in members)
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_person_role"), "person")
        op.create_check_constraint(op.f("ck_person_role"), "person", f"role in ({listed})")
        return
    stands = bind.exec_driver_sql("select sql from sqlite_master where name = 'person'").scalar_one()
    made, changed = re.subn(r"(role\s+in\s*\()[^)]*\)", rf"\g<1>{listed})", stands, flags=re.IGNORECASE)
    if changed != 1:
        raise RuntimeError("the table of people has no check of roles to change")
    bind.exec_driver_sql("pragma defer_foreign_keys = on")
    bind.exec_driver_sql("create temporary table kept_person as select * from person")
    op.drop_table("person")
    bind.exec_driver_sql(made)
    bind.exec_driver_sql("insert into person select * from kept_person")
    bind.exec_driver_sql("drop table kept_person")
