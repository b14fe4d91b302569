"""Dispatch orders with their events and evidence, and the measures of the consequence ladder."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIERS = ("city", "province", "ministry")
_MEDIA = ("pdf", "png", "jpeg", "xlsx", "docx")


def upgrade() -> None:
    _orders()
    _events()
    _measures()


def downgrade() -> None:
    op.drop_table("orderevidence")
    op.drop_table("orderevent")
    op.drop_table("measureorder")
    op.drop_table("dispatchorder")
    op.drop_table("measurefile")
    op.drop_table("measureentry")


def _orders() -> None:
    op.create_table(
        "dispatchorder",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("project", sa.String(64), nullable=True),
        sa.Column("rule", sa.String(40), nullable=True),
        sa.Column("alert", sa.String(36), nullable=True),
        sa.Column(
            "to_level",
            _coded(*_TIERS),
            nullable=False,
        ),
        sa.Column("named", sa.String(), nullable=False),
        sa.Column(
            "by_level",
            _coded(*_TIERS),
            nullable=False,
        ),
        sa.Column("issued_by", sa.String(254), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "cause",
            _coded(
                "funds_not_in_place",
                "procurement_delay",
                "approvals_and_land",
                "technology_change",
                "market_change",
                "enterprise_difficulty",
                "weak_management",
                "irregular_use_of_funds",
                "reporting_fault",
                "other",
            ),
            nullable=False,
        ),
        sa.Column("cause_note", sa.String(), nullable=True),
        sa.Column("asked", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "alert"], ["alert.city", "alert.id"], name=op.f("fk_dispatchorder_city_alert")
        ),
        sa.ForeignKeyConstraint(
            ["city", "project"], ["project.city", "project.code"], name=op.f("fk_dispatchorder_city_project")
        ),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_dispatchorder_city_place")),
        sa.PrimaryKeyConstraint("city", "id", name=op.f("pk_dispatchorder")),
        sa.UniqueConstraint("city", "number", name=op.f("uq_dispatchorder_city_number")),
        sqlite_strict=True,
    )
    op.create_index("order_by_alert", "dispatchorder", ["city", "rule", "project"], unique=False)


def _events() -> None:
    op.create_table(
        "orderevent",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "deed",
            _coded(
                "order_issued",
                "order_received",
                "order_answered",
                "order_rectified",
                "time_asked",
                "time_granted",
                "time_refused",
                "order_sent_back",
                "order_closed",
                "order_reminded",
                "order_escalated",
                "order_reopened",
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(254), nullable=True),
        sa.Column(
            "level",
            _coded(*_TIERS),
            nullable=True,
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("rectify_by", sa.Date(), nullable=True),
        sa.Column(
            "duty",
            _coded("receipt", "answer", "rectification"),
            nullable=True,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("alert", sa.String(36), nullable=True),
        sa.ForeignKeyConstraint(
            ["city", "order_id"],
            ["dispatchorder.city", "dispatchorder.id"],
            name=op.f("fk_orderevent_city_dispatchorder"),
        ),
        sa.PrimaryKeyConstraint("city", "order_id", "seq", name=op.f("pk_orderevent")),
        sqlite_strict=True,
    )
    op.create_index("order_event_by_day", "orderevent", ["happened_on"], unique=False)
    op.create_table(
        "orderevidence",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column(
            "media",
            _coded(*_MEDIA),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "order_id", "seq"],
            ["orderevent.city", "orderevent.order_id", "orderevent.seq"],
            name=op.f("fk_orderevidence_city_orderevent"),
        ),
        sa.PrimaryKeyConstraint("city", "order_id", "id", name=op.f("pk_orderevidence")),
        sqlite_strict=True,
    )


def _measures() -> None:
    op.create_table(
        "measureentry",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            _coded("entered", "corrected", "withdrawn"),
            nullable=False,
        ),
        sa.Column(
            "measure",
            _coded("supervised_rectification", "suspension", "deduction_or_recovery"),
            nullable=False,
        ),
        sa.Column("document_no", sa.String(100), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column(
            "level",
            _coded(*_TIERS),
            nullable=False,
        ),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["city"], ["place.code"], name=op.f("fk_measureentry_city_place")),
        sa.PrimaryKeyConstraint("city", "id", "seq", name=op.f("pk_measureentry")),
        sqlite_strict=True,
    )
    op.create_table(
        "measureorder",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("measure", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "measure", "seq"],
            ["measureentry.city", "measureentry.id", "measureentry.seq"],
            name=op.f("fk_measureorder_city_measureentry"),
        ),
        sa.ForeignKeyConstraint(
            ["city", "order_id"],
            ["dispatchorder.city", "dispatchorder.id"],
            name=op.f("fk_measureorder_city_dispatchorder"),
        ),
        sa.PrimaryKeyConstraint("city", "measure", "seq", "order_id", name=op.f("pk_measureorder")),
        sqlite_strict=True,
    )
    op.create_table(
        "measurefile",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("measure", sa.String(36), nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column(
            "media",
            _coded(*_MEDIA),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city", "measure", "seq"],
            ["measureentry.city", "measureentry.id", "measureentry.seq"],
            name=op.f("fk_measurefile_city_measureentry"),
        ),
        sa.PrimaryKeyConstraint("city", "measure", "id", name=op.f("pk_measurefile")),
        sqlite_strict=True,
    )


def _coded(*members: str) -> sa.Enum:
    return sa.Enum(*members, name=None, native_enum=False, create_constraint=True, length=32)
