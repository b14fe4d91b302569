"""first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daystate",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("state_on", sa.Date(), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "point", "line", "surface", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column(
            "light",
            sa.Enum(
                "red",
                "yellow",
                "stale",
                "missing",
                "green",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "light_v1",
            sa.Enum(
                "red",
                "yellow",
                "stale",
                "missing",
                "green",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "light_before",
            sa.Enum(
                "red",
                "yellow",
                "stale",
                "missing",
                "green",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "change",
            sa.Enum(
                "new",
                "worse",
                "better",
                "same",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "freshness",
            sa.Enum(
                "fresh", "stale", "missing", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("physical_bp", sa.Float(), nullable=True),
        sa.Column("planned_bp", sa.Float(), nullable=True),
        sa.Column("planned_v1_bp", sa.Float(), nullable=True),
        sa.Column("elapsed_bp", sa.Float(), nullable=True),
        sa.Column("total_investment", sa.BigInteger(), nullable=True),
        sa.Column("reward", sa.BigInteger(), nullable=True),
        sa.Column("invested", sa.BigInteger(), nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=True),
        sa.Column("transferred", sa.BigInteger(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        sa.Column("planned_spending", sa.Float(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("adjustments", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("city", "state_on", "project", name=op.f("pk_daystate")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("daystate", schema=None) as batch_op:
        batch_op.create_index("day_state_changed", ["state_on", "change"], unique=False)
        batch_op.create_index("day_state_worst", ["state_on", "score"], unique=False)

    op.create_table(
        "daytotal",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("state_on", sa.Date(), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "point", "line", "surface", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("industry", sa.String(8), nullable=False),
        sa.Column(
            "light",
            sa.Enum(
                "red",
                "yellow",
                "stale",
                "missing",
                "green",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "light_v1",
            sa.Enum(
                "red",
                "yellow",
                "stale",
                "missing",
                "green",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "freshness",
            sa.Enum(
                "fresh", "stale", "missing", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "change",
            sa.Enum(
                "new",
                "worse",
                "better",
                "same",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Integer(), nullable=False),
        sa.Column("physical_bp", sa.Float(), nullable=False),
        sa.Column("planned_bp", sa.Float(), nullable=False),
        sa.Column("planned_v1_bp", sa.Float(), nullable=False),
        sa.Column("total_investment", sa.BigInteger(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("invested", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("transferred", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("planned_spending", sa.Float(), nullable=False),
        sa.Column("oldest_as_of", sa.Date(), nullable=True),
        sa.Column("newest_as_of", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint(
            "city",
            "state_on",
            "programme",
            "kind",
            "industry",
            "light",
            "light_v1",
            "freshness",
            "change",
            name=op.f("pk_daytotal"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "guesscount",
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_guesscount")),
        sqlite_strict=True,
    )
    op.create_table(
        "jobrun",
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("job", "slot_at", name=op.f("pk_jobrun")),
        sqlite_strict=True,
    )
    op.create_table(
        "judgement",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("moved_alerts", sa.Boolean(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("worsened", sa.Integer(), nullable=False),
        sa.Column("eased", sa.Integer(), nullable=False),
        sa.Column("resolved", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgement")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("judgement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_judgement_judged_on"), ["judged_on"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_strict=True,
    )
    op.create_table(
        "message",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("dedupe_key", sa.String(200), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body_text", sa.String(), nullable=False),
        sa.Column("body_html", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(254), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "dead",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_message")),
        sa.UniqueConstraint("city", "dedupe_key", name=op.f("uq_message_city_dedupe_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("message_due", ["state", "due_at"], unique=False)

    op.create_table(
        "place",
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "nation", "province", "city", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("province", sa.String(16), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("tile_row", sa.Integer(), nullable=True),
        sa.Column("tile_column", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_place")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_province"), ["province"], unique=False)

    op.create_table(
        "policy",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy")),
        sa.UniqueConstraint("sha256", name=op.f("uq_policy_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "programme",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("report_every_months", sa.Integer(), nullable=False),
        sa.Column("report_due_days", sa.Integer(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_programme")),
        sqlite_strict=True,
    )
    op.create_table(
        "rosterbatch",
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_rosterbatch")),
        sqlite_strict=True,
    )
    op.create_table(
        "submission",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("form_version", sa.String(16), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("encoding", sa.String(16), nullable=False),
        sa.Column("uploader", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("warned", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_submission")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index("submission_by_bytes", ["city", "sha256"], unique=False)
        batch_op.create_index("submission_by_time", ["received_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "ministry",
                "province",
                "city",
                "administrator",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("mails", sa.Boolean(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["place.code"], name=op.f("fk_person_place_place")),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_person")),
        sqlite_strict=True,
    )
    op.create_table(
        "project",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "point", "line", "surface", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_project_city_place")),
        sa.ForeignKeyConstraint(
            ["programme"], ["programme.code"], name=op.f("fk_project_programme_programme")
        ),
        sa.PrimaryKeyConstraint("city", "code", name=op.f("pk_project")),
        sqlite_strict=True,
    )
    op.create_table(
        "rostermember",
        sa.Column("entry", sa.String(16), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("industries_zh", sa.String(), nullable=False),
        sa.Column("industries_en", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch"], ["rosterbatch.batch"], name=op.f("fk_rostermember_batch_rosterbatch")
        ),
        sa.ForeignKeyConstraint(["place"], ["place.code"], name=op.f("fk_rostermember_place_place")),
        sa.PrimaryKeyConstraint("entry", "place", name=op.f("pk_rostermember")),
        sqlite_strict=True,
    )
    op.create_table(
        "submissionfile",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "submission"],
            ["submission.city", "submission.id"],
            name=op.f("fk_submissionfile_city_submission"),
        ),
        sa.PrimaryKeyConstraint("city", "submission", name=op.f("pk_submissionfile")),
        sqlite_strict=True,
    )
    op.create_table(
        "submissionproblem",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "error", "warning", "note", name=None, native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("column_name", sa.String(), nullable=True),
        sa.Column("found", sa.String(), nullable=True),
        sa.Column("values", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "submission"],
            ["submission.city", "submission.id"],
            name=op.f("fk_submissionproblem_city_submission"),
        ),
        sa.PrimaryKeyConstraint("city", "submission", "seq", name=op.f("pk_submissionproblem")),
        sqlite_strict=True,
    )
    op.create_table(
        "adjustment",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("adjusted_on", sa.Date(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "policy_change",
                "organisation_change",
                "scope_or_cost_change",
                "delay_or_schedule_change",
                "budget_cut",
                "force_majeure",
                "other",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("ground_note", sa.String(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_adjustment_city_project")
        ),
        sa.PrimaryKeyConstraint("city", "project", "number", name=op.f("pk_adjustment")),
        sqlite_strict=True,
    )
    op.create_table(
        "alert",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column(
            "severity",
            sa.Enum("yellow", "red", name=None, native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
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
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(
            "one_open_alert",
            ["city", "project", "rule"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "plan",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("planned_start", sa.Date(), nullable=False),
        sa.Column("planned_end", sa.Date(), nullable=False),
        sa.Column("total_investment", sa.BigInteger(), nullable=True),
        sa.Column("reward", sa.BigInteger(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("document_no", sa.String(), nullable=True),
        sa.Column("adjustment", sa.Integer(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_plan_city_project")
        ),
        sa.PrimaryKeyConstraint("city", "project", "version", name=op.f("pk_plan")),
        sqlite_strict=True,
    )
    op.create_table(
        "projectdetail",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=True),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column(
            "support_method",
            sa.Enum(
                "investment_subsidy",
                "loan_interest_subsidy",
                "guarantee_fee_subsidy",
                "other",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
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
        sa.Column("chain", sa.String(), nullable=True),
        sa.Column("chain_owner", sa.String(), nullable=True),
        sa.Column("park", sa.String(), nullable=True),
        sa.Column("landmark", sa.Boolean(), nullable=False),
        sa.Column("partners", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_projectdetail_city_project")
        ),
        sa.PrimaryKeyConstraint("city", "project", "submission", name=op.f("pk_projectdetail")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("projectdetail", schema=None) as batch_op:
        batch_op.create_index(
            "one_current_detail",
            ["city", "project"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "report",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("physical_bp", sa.Integer(), nullable=True),
        sa.Column("invested", sa.BigInteger(), nullable=True),
        sa.Column("annual_plan", sa.BigInteger(), nullable=True),
        sa.Column("issued", sa.BigInteger(), nullable=True),
        sa.Column("transferred", sa.BigInteger(), nullable=True),
        sa.Column("paid", sa.BigInteger(), nullable=True),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "not_started",
                "new_start",
                "continuing",
                "completed",
                "in_production",
                "full_output",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("narrative", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_report_city_project")
        ),
        sa.PrimaryKeyConstraint("city", "project", "as_of", "submission", name=op.f("pk_report")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(
            "one_current_report",
            ["city", "project", "as_of"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "signin",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["email"], ["person.email"], name=op.f("fk_signin_email_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signin")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("signin", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signin_email"), ["email"], unique=False)

    op.create_table(
        "adjustmentchange",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project", "number"],
            ["adjustment.city", "adjustment.project", "adjustment.number"],
            name=op.f("fk_adjustmentchange_city_adjustment"),
        ),
        sa.PrimaryKeyConstraint("city", "project", "number", "field", name=op.f("pk_adjustmentchange")),
        sqlite_strict=True,
    )
    op.create_table(
        "alertevent",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("alert", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "transition",
            sa.Enum(
                "opened",
                "worsened",
                "eased",
                "resolved",
                name=None,
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "before",
            sa.Enum("yellow", "red", name=None, native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum("yellow", "red", name=None, native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
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
    with op.batch_alter_table("alertevent", schema=None) as batch_op:
        batch_op.create_index("alert_event_by_day", ["event_on"], unique=False)

    op.create_table(
        "partner",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("partner", sa.String(16), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "project", "submission"],
            ["projectdetail.city", "projectdetail.project", "projectdetail.submission"],
            name=op.f("fk_partner_city_projectdetail"),
        ),
        sa.ForeignKeyConstraint(["partner"], ["place.code"], name=op.f("fk_partner_partner_place")),
        sa.PrimaryKeyConstraint("city", "project", "submission", "partner", name=op.f("pk_partner")),
        sqlite_strict=True,
    )
    op.create_table(
        "planpoint",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("planned_bp", sa.Integer(), nullable=False),
        sa.Column("planned_spending", sa.BigInteger(), nullable=True),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "project", "version"],
            ["plan.city", "plan.project", "plan.version"],
            name=op.f("fk_planpoint_city_plan"),
        ),
        sa.PrimaryKeyConstraint("city", "project", "version", "month", name=op.f("pk_planpoint")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("planpoint")
    op.drop_table("partner")
    with op.batch_alter_table("alertevent", schema=None) as batch_op:
        batch_op.drop_index("alert_event_by_day")

    op.drop_table("alertevent")
    op.drop_table("adjustmentchange")
    with op.batch_alter_table("signin", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signin_email"))

    op.drop_table("signin")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(
            "one_current_report",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.drop_table("report")
    with op.batch_alter_table("projectdetail", schema=None) as batch_op:
        batch_op.drop_index(
            "one_current_detail",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.drop_table("projectdetail")
    op.drop_table("plan")
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.drop_index(
            "one_open_alert",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.drop_table("alert")
    op.drop_table("adjustment")
    op.drop_table("submissionproblem")
    op.drop_table("submissionfile")
    op.drop_table("rostermember")
    op.drop_table("project")
    op.drop_table("person")
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index("submission_by_time")
        batch_op.drop_index("submission_by_bytes")

    op.drop_table("submission")
    op.drop_table("rosterbatch")
    op.drop_table("programme")
    op.drop_table("policy")
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_province"))

    op.drop_table("place")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("message_due")

    op.drop_table("message")
    op.drop_table("lease")
    with op.batch_alter_table("judgement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_judgement_judged_on"))

    op.drop_table("judgement")
    op.drop_table("jobrun")
    op.drop_table("guesscount")
    op.drop_table("daytotal")
    with op.batch_alter_table("daystate", schema=None) as batch_op:
        batch_op.drop_index("day_state_worst")
        batch_op.drop_index("day_state_changed")

    op.drop_table("daystate")
