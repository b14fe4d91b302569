"""Steps of the lights between periods, the days desks met, and an index of the reports that were replaced.

The steps of the newest judged year are counted here; those that follow are counted as days are judged.

Revision ID: 0009
Revises: 0007
"""

from datetime import date, timedelta
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COUNT = """
insert into lightstep
  (city, unit, state_on, programme, kind, industry, light_before, light, since_on, projects)
select city, :unit, :until, programme, kind, industry, light_before, light, :since, count(*) from (
  select a.city, a.programme, a.kind, coalesce(a.industry, '') as industry,
    coalesce(b.light, '') as light_before, a.light
  from daystate a left join daystate b
    on b.city = a.city and b.project = a.project and b.state_on = :since
  where a.state_on = :until
  union all
  select b.city, b.programme, b.kind, coalesce(b.industry, ''), b.light, ''
  from daystate b
  where b.state_on = :since and not exists (
    select 1 from daystate a
    where a.city = b.city and a.project = b.project and a.state_on = :until)
) steps
group by city, programme, kind, industry, light_before, light
"""


def upgrade() -> None:
    op.create_table(
        "lightstep",
        sa.Column("city", sa.String(16), nullable=False),
        sa.Column("unit", _coded("day", "week", "month"), nullable=False),
        sa.Column("state_on", sa.Date(), nullable=False),
        sa.Column("programme", sa.String(32), nullable=False),
        sa.Column("kind", _coded("point", "line", "surface"), nullable=False),
        sa.Column("industry", sa.String(8), nullable=False),
        sa.Column("light_before", sa.String(8), nullable=False),
        sa.Column("light", sa.String(8), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("city", "unit", "state_on", "programme", "kind", "industry", "light_before", "light"),
            name=op.f("pk_lightstep"),
        ),
        sqlite_strict=True,
    )
    op.create_index("light_step_by_day", "lightstep", ["unit", "state_on"])
    op.create_table(
        "meeting",
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.String(254), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["place.code"], name=op.f("fk_meeting_place_place")),
        sa.PrimaryKeyConstraint("place", "held_on", "seq", name=op.f("pk_meeting")),
        sqlite_strict=True,
    )
    only = sa.text("superseded_at IS NOT NULL")
    op.create_index(
        "report_superseded", "report", ["superseded_at"], sqlite_where=only, postgresql_where=only
    )
    _count()


def downgrade() -> None:
    op.drop_index("report_superseded", "report")
    op.drop_table("meeting")
    op.drop_table("lightstep")


def _coded(*members: str) -> sa.Enum:
    return sa.Enum(*members, name=None, native_enum=False, create_constraint=True, length=32)


def _count() -> None:
    """The steps between the newest judged days of weeks and months over the newest judged year."""
    connection, day = op.get_bind(), sa.Date()
    judged = sa.table("judgement", sa.column("judged_on", day))
    days = sorted(connection.scalars(sa.select(judged.c.judged_on).distinct()))
    days = [one for one in days if one > days[-1] - timedelta(days=400)]
    count = sa.text(_COUNT).bindparams(sa.bindparam("since", type_=day), sa.bindparam("until", type_=day))
    for unit in ("week", "month"):
        newest: dict[date, date] = {}
        for one in days:
            start = one.replace(day=1) if unit == "month" else one - timedelta(days=one.weekday())
            newest[start] = one
        ends = list(newest.values())
        for since, until in pairwise(ends):
            connection.execute(count, {"unit": unit, "since": since, "until": until})
