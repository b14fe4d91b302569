"""Reports in: records beside progress, windows and signatures, sources and tokens, drafts, corrections.

Columns are added by plain ALTER TABLE with their checks, which both engines know; Alembic's batch mode would copy
and drop tables that others refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(36), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_draft")),
        sqlite_strict=True,
    )
    op.create_index("ix_draft_owner", "draft", ["owner"], unique=False)

    op.create_table(
        "apitoken",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("forms", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_apitoken_city_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apitoken")),
        sa.UniqueConstraint("sha256", name=op.f("uq_apitoken_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "application",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("applicant", sa.String(), nullable=False),
        sa.Column("applicant_code", sa.String(16), nullable=True),
        sa.Column(
            "place_kind",
            sa.Enum(
                "prefecture",
                "district",
                "xpcc",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("leads", sa.Boolean(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_application_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_application")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_application",
        "application",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "enterprise",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("industry", sa.String(8), nullable=False),
        sa.Column("above_size", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_enterprise_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_enterprise")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_enterprise",
        "enterprise",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "evaluation",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column(
            "measure",
            sa.Enum(
                "supervised_rectification",
                "suspension",
                "deduction_or_recovery",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("measure_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_evaluation_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_evaluation")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_evaluation",
        "evaluation",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "otherfunding",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column(
            "programme",
            sa.Enum(
                "equipment_renewal",
                "special_treasury_bond",
                "central_budget_investment",
                "other",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(18), nullable=True),
        sa.Column("project_code", sa.String(64), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("awarded_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_otherfunding_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_otherfunding")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_otherfunding",
        "otherfunding",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "reportingrule",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum("day", "week", "month", name=None, native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_reportingrule_city_place")),
        sa.ForeignKeyConstraint(
            ["programme"], ["programme.code"], name=op.f("fk_reportingrule_programme_programme")
        ),
        sa.PrimaryKeyConstraint("city", "programme", "set_at", name=op.f("pk_reportingrule")),
        sqlite_strict=True,
    )
    op.create_table(
        "signoff",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "vouched",
                "accepted",
                "returned",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "department",
            sa.Enum("industry", "finance", name=None, native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("signed_by", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_signoff_city_place")),
        sa.ForeignKeyConstraint(
            ["programme"], ["programme.code"], name=op.f("fk_signoff_programme_programme")
        ),
        sa.PrimaryKeyConstraint("city", "programme", "period_end", "seq", name=op.f("pk_signoff")),
        sqlite_strict=True,
    )
    op.create_index("signoff_by_time", "signoff", ["signed_at"], unique=False)

    op.create_table(
        "source",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("declared", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("declared_by", sa.String(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("cursor", sa.String(), nullable=True),
        sa.Column("content_sha256", sa.String(64), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_data_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("silence_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_source_city_place")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
        sqlite_strict=True,
    )
    op.create_table(
        "windowexception",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "extension", "reopening", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_windowexception_city_place")),
        sa.ForeignKeyConstraint(
            ["programme"], ["programme.code"], name=op.f("fk_windowexception_programme_programme")
        ),
        sa.PrimaryKeyConstraint("city", "programme", "granted_at", name=op.f("pk_windowexception")),
        sqlite_strict=True,
    )
    op.create_table(
        "fund",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("document_no", sa.String(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "issued",
                "transferred",
                "paid",
                "spent",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("project", sa.String(64), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "central",
                "provincial",
                "municipal",
                "county",
                "own",
                "bank",
                "other",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "spending_category",
            sa.Enum(
                "enterprise_transformation",
                "infrastructure",
                "public_platform",
                "provider_cultivation",
                "other",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("separate_account", sa.Boolean(), nullable=True),
        sa.Column("voucher", sa.String(), nullable=True),
        sa.Column("holder", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_fund_city_project")
        ),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_fund_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_fund")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_fund",
        "fund",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "inspection",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("inspector", sa.String(), nullable=False),
        sa.Column("project", sa.String(64), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("rectified_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_inspection_city_project")
        ),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_inspection_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_inspection")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_inspection",
        "inspection",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "member",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("unit_code", sa.String(18), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("supplies", sa.String(18), nullable=True),
        sa.Column("member_city", sa.String(), nullable=True),
        sa.Column("planned_bp", sa.Integer(), nullable=True),
        sa.Column("actual_bp", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_member_city_project")
        ),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_member_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_member")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_member",
        "member",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "milestone",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_milestone_city_project")
        ),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_milestone_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_milestone")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_milestone",
        "milestone",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "sourcerun",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "ok",
                "unchanged",
                "empty",
                "error",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(16), nullable=True),
        sa.Column("values", sa.String(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("response_ms", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("submission", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["source.name"], name=op.f("fk_sourcerun_source_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sourcerun")),
        sqlite_strict=True,
    )
    op.create_index("sourcerun_by_time", "sourcerun", ["source", "started_at"], unique=False)

    op.create_table(
        "tenant",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("origin", sa.String(36), nullable=True),
        sa.Column("reported_on", sa.Date(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_by", sa.String(36), nullable=True),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(18), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "tenant",
                "promotion_centre",
                "public_platform",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("planned_bp", sa.Integer(), nullable=True),
        sa.Column("actual_bp", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_tenant_city_project")
        ),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_tenant_city_place")),
        sa.PrimaryKeyConstraint("city", "record_key", "submission", name=op.f("pk_tenant")),
        sqlite_strict=True,
    )
    op.create_index(
        "one_current_tenant",
        "tenant",
        ["city", "record_key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    for table, column, kind, check in _ADDED:
        bounded = "" if check is None else f" constraint ck_{table}_{column} check ({column} in ({check}))"
        op.execute(f"alter table {table} add column {column} {_kind(kind)}{bounded}")
    for table, key in _SUPERSEDED.items():
        same = " and ".join(f"newer.{name} = {table}.{name}" for name in key)
        op.execute(
            f"update {table} set superseded_by = (select max(newer.submission) from {table} newer "
            f"where {same} and newer.recorded_at = {table}.superseded_at) where superseded_at is not null"
        )


_DOORS = "'web', 'command', 'push', 'pull', 'withdrawal', 'reversion'"
_ADDED = (
    ("person", "department", "varchar(32)", "'industry', 'finance'"),
    ("projectdetail", "superseded_by", "varchar(36)", None),
    ("report", "superseded_by", "varchar(36)", None),
    ("projectdetail", "origin", "varchar(36)", None),
    ("report", "origin", "varchar(36)", None),
    ("report", "reported_on", "date", None),
    ("report", "reason", "varchar", None),
    ("report", "month_invested", "bigint", None),
    ("report", "year_invested", "bigint", None),
    ("submission", "door", "varchar(32) not null default 'command'", _DOORS),
    ("submission", "parcel", "varchar(36)", None),
    ("submission", "sheet", "varchar", None),
    ("submission", "reason", "varchar", None),
    ("submission", "comment", "varchar", None),
    ("submission", "about", "varchar(36)", None),
    ("submission", "source", "varchar(64)", None),
    ("submission", "rules", "varchar(16) not null default '1'", None),
    ("submission", "policy", "integer", None),
)
#: Tables whose rows supersede each other, and what makes two rows the same one.
_SUPERSEDED = {"projectdetail": ("city", "project"), "report": ("city", "project", "as_of")}


def _kind(kind: str) -> str:
    """A column's type; STRICT tables of SQLite know only a few."""
    if op.get_bind().dialect.name != "sqlite":
        return kind
    name, _, rest = kind.partition(" ")
    return f"{'INTEGER' if name in ('bigint', 'integer') else 'TEXT'} {rest}".strip()


def downgrade() -> None:
    for table, column, _kind, _check in _ADDED:
        op.execute(f"alter table {table} drop column {column}")
    op.drop_table("tenant")
    op.drop_table("sourcerun")
    op.drop_table("milestone")
    op.drop_table("member")
    op.drop_table("inspection")
    op.drop_table("fund")
    op.drop_table("windowexception")
    op.drop_table("source")
    op.drop_table("signoff")
    op.drop_table("reportingrule")
    op.drop_table("otherfunding")
    op.drop_table("evaluation")
    op.drop_table("enterprise")
    op.drop_table("application")
    op.drop_table("apitoken")
    op.drop_table("draft")
