"""Pairs that may hold central money twice, within a scope: for the page that decides them."""

import hashlib
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from models import overlaps, versions
from models.access import Scope
from models.db import Database, fetch
from models.facts import KEY, pairs
from models.inputs import read_for_pairs
from models.overlap_decisions import OverlapDecision, OverlapVerdict
from models.vocabulary import Role


def pairs_in_scope(db: Database, scope: Scope, on: date, known_at: datetime) -> pl.DataFrame:
    """One row per pair with a project (side a) in the scope, as ``models.overlaps.with_decisions`` gives it.

    Beside: ``id`` (short and stable, for a link), ``hidden``: the other side is another city's and this
    reader may not see its values; they are null then. What nobody settled comes first, breaches among it.
    """
    found = read_for_pairs(db, on, known_at, cities=scope.cities)
    plans = versions.in_force(versions.steps(found.plans), on).select(*KEY, "name", "reward")
    paid = found.paid.with_columns(issued=pl.lit(1))
    frame = found.projects.join(plans, on=KEY).join(paid, on=KEY, how="left")
    rows = pairs(frame.with_columns(central_moved="issued"), found, on)
    names = [
        hashlib.sha256("\n".join(sorted(pair)).encode()).hexdigest()[:12]
        for pair in rows.select("other_a", "other_b").iter_rows()
    ]
    settled = rows["verdict"].is_not_null() & (rows["verdict"] != str(OverlapVerdict.BREACH))
    told = rows.with_columns(id=pl.Series(names, dtype=pl.String), settled=settled)
    return _masked(told, scope).sort("settled", "rank", descending=[False, True], maintain_order=True)


#: What a city may not see of another city's row.
_OWN = ("project", "title", "unit_name", "unit_code", "project_code", "amount", "programme")


def _masked(rows: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    foreign = pl.lit(scope.role == Role.CITY) & ~pl.col("city_b").is_in(sorted(scope.cities or ()))
    hidden = rows.with_columns(hidden=foreign)
    return hidden.with_columns(
        pl.when(~pl.col("hidden")).then(f"{name}_b").alias(f"{name}_b") for name in _OWN
    )


def values_seen(pair: dict) -> str:
    """The values that a decision on this pair rests on."""
    return overlaps.compared(pair)


def history(db: Database, pair: dict) -> pl.DataFrame:
    """Every decision on a pair, from either side, newest first. ``pair``: a row of ``pairs_in_scope``."""
    d = OverlapDecision.__table__
    straight = sa.and_(
        d.c.city == pair["city_a"], d.c.project == pair["project_a"], d.c.other == pair["other_b"]
    )
    turned = sa.and_(
        d.c.city == pair["city_b"], d.c.project == pair["project_b"], d.c.other == pair["other_a"]
    )
    columns = [d.c.decided_at, d.c.verdict, d.c.reason, d.c.document_no, d.c.decided_by]
    return fetch(db, sa.select(*columns).where(sa.or_(straight, turned)).order_by(d.c.decided_at.desc()))
