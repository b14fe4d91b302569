"""What single record forms must fulfil, beyond what every cell and key must.

Errors where the row contradicts itself or the register; warnings, with the difference, where it contradicts
another row or the notice. To add one: a function here, its row in ``_CHECKS``, its code in the catalogue.
"""

from collections.abc import Callable

import polars as pl
import sqlalchemy as sa

from collectors.forms import Form
from collectors.money_order import out_of_order
from collectors.problems import Finding
from collectors.stored import Stored
from models.places import RosterBatch, RosterMember
from models.records import Application, Milestone
from models.vocabulary import FundSource, Measure, PlaceKind, SpendingCategory
from models.words import words

#: Categories that are local money in principle (108-II.5).
_LOCAL = [
    str(c)
    for c in (
        SpendingCategory.INFRASTRUCTURE,
        SpendingCategory.PUBLIC_PLATFORM,
        SpendingCategory.PROVIDER_CULTIVATION,
    )
]

#: At most this many recommendations of a kind from one province-level unit and year (108-III.1).
_QUOTA = {str(PlaceKind.PREFECTURE): 1, str(PlaceKind.DISTRICT): 2}


def checked(form: Form, frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """What is wrong or unlikely in located rows of a record form."""
    if frame.is_empty():
        return []
    findings = _of_kind(form, frame, stored)
    for check in _CHECKS.get(form.name, ()):
        findings += check(frame, stored)
    return findings


def _of_kind(form: Form, frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """Members belong to a line, tenants to a surface."""
    if form.of_kind is None:
        return []
    kinds = stored.projects().select("city", "project", "kind")
    joined = frame.select("row_no", "city", "project").join(kinds, on=["city", "project"])
    wrong = joined.filter(pl.col("kind") != str(form.of_kind))
    both = [words(language).label(form.of_kind) for language in ("zh_CN", "en")]
    rows = wrong.select("row_no", found="project")
    return [Finding("E-B125", None, rows, {"expected": tuple(both)})] if rows.height else []


def _said(code: str, column: str | None, rows: pl.DataFrame, **values: object) -> list[Finding]:
    return [Finding(code, column, rows, values)] if rows.height else []


def _has(frame: pl.DataFrame, *names: str) -> bool:
    return set(names) <= set(frame.columns)


def _customers(frame: pl.DataFrame, _stored: Stored) -> list[Finding]:
    """Whoever a member supplies is a member of the same line; the chain-owner supplies nobody."""
    if not _has(frame, "supplies"):
        return []
    line = ["city", "project", "as_of"]
    known = frame.select(*line, supplies="unit_code").unique()
    lost = frame.filter(pl.col("supplies").is_not_null()).join(known, on=[*line, "supplies"], how="anti")
    itself = frame.filter(pl.col("supplies") == pl.col("unit_code"))
    return [
        *_said("W-B124", "supplies", lost.select("row_no", found="supplies")),
        *_said("E-B126", "supplies", itself.select("row_no", found="supplies")),
    ]


def _owners(frame: pl.DataFrame, _stored: Stored) -> list[Finding]:
    """A line has one chain-owner: one member of tier 0."""
    line = ["city", "project", "as_of"]
    counted = frame.with_columns(owners=(pl.col("tier") == 0).sum().over(line))
    wrong = counted.filter(pl.col("owners") != 1).unique(line, keep="first", maintain_order=True)
    return _said("W-B127", "tier", wrong.select("row_no", found="project", count=pl.col("owners")))


def _more_reached(frame: pl.DataFrame, _stored: Stored) -> list[Finding]:
    wrong = frame.filter(pl.col("reached") > pl.col("above_size"))
    found = wrong.select("row_no", found="reached", other="above_size")
    return _said("E-B128", "reached", found)


def _ineligible(frame: pl.DataFrame, _stored: Stored) -> list[Finding]:
    """Central money for what is local money in principle, for no project, or not separately accounted."""
    central = frame.filter(pl.col("source") == str(FundSource.CENTRAL))
    findings = []
    if _has(frame, "spending_category"):
        wrong = central.filter(pl.col("spending_category").is_in(_LOCAL))
        findings += _said("W-B129", "spending_category", wrong.select("row_no", money="amount"))
    if _has(frame, "separate_account"):
        mixed = central.filter(pl.col("separate_account").eq(False))
        findings += _said("W-B130", "separate_account", mixed.select("row_no", money="amount"))
    return findings


def _rectified(frame: pl.DataFrame, _stored: Stored) -> list[Finding]:
    findings = []
    if _has(frame, "deadline_on"):
        wrong = frame.filter(pl.col("deadline_on") < pl.col("inspected_on"))
        told = wrong.select(
            "row_no",
            found=pl.col("deadline_on").cast(pl.String),
            other=pl.col("inspected_on").cast(pl.String),
        )
        findings += _said("E-B110", "deadline_on", told)
    if _has(frame, "rectified_on"):
        proof = pl.col("evidence").is_null() if _has(frame, "evidence") else pl.lit(True)
        bare = frame.filter(pl.col("rectified_on").is_not_null() & proof)
        findings += _said("W-B131", "rectified_on", bare.select("row_no"))
    return findings


def _documented(frame: pl.DataFrame, _stored: Stored) -> list[Finding]:
    """A measure on a city rests on a document; only the last step takes money."""
    if not _has(frame, "measure"):
        return []
    document = pl.col("document_no").is_null() if _has(frame, "document_no") else pl.lit(True)
    bare = frame.filter(pl.col("measure").is_not_null() & document)
    findings = _said("E-B132", "measure", bare.select("row_no"))
    if _has(frame, "amount"):
        odd = frame.filter(
            (pl.col("amount") > 0) & pl.col("measure").ne_missing(str(Measure.DEDUCTION_OR_RECOVERY))
        )
        findings += _said("W-B133", "amount", odd.select("row_no", money="amount"))
    return findings


def _quota(frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """At most one prefecture or two districts a province and year; XPCC stands outside (108-III.1)."""
    key = ["city", "year", "place_kind"]
    both = pl.concat(
        [frame.select("row_no", *key, "record_key"), _recommended(frame, stored)], how="diagonal"
    )
    counted = both.with_columns(count=pl.len().over(key)).drop_nulls("row_no")
    limit = pl.col("place_kind").replace_strict(_QUOTA, default=None, return_dtype=pl.Int64)
    over = counted.filter(pl.col("count") > limit).select("row_no", "count", limit=limit)
    return _said("W-B134", "place_kind", over)


def _recommended(frame: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    return (
        stored.records(Application)
        .select("city", "year", "place_kind", "record_key")
        .join(frame.select("city", "record_key"), on=["city", "record_key"], how="anti")
    )


def _again(frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """A place that was in the pilot before the year does not apply again."""
    names = {code: zh for code, _, zh, _ in stored.places()}
    members = dict(list(map(tuple, stored.connection.execute(_MEMBER_SINCE))))
    taken = {name.removesuffix("市"): code for code in members for name in (names[code], code)}
    applicant = (
        pl.col("applicant").str.strip_suffix("市").replace_strict(taken, default=None, return_dtype=pl.String)
    )
    known = applicant
    if _has(frame, "applicant_code"):
        known = pl.coalesce(
            pl.col("applicant_code").replace_strict(
                {c: c for c in members}, default=None, return_dtype=pl.String
            ),
            applicant,
        )
    since = known.replace_strict(members, default=None, return_dtype=pl.Int64)
    rows = frame.filter(since < pl.col("year")).select("row_no", found="applicant")
    return _said("W-B135", "applicant", rows)


#: Place → the year of its first batch.
_MEMBER_SINCE = (
    sa.select(RosterMember.place, sa.func.min(RosterBatch.year))
    .join(RosterBatch, RosterBatch.batch == RosterMember.batch)
    .group_by(RosterMember.place)
)


def _moved_plan(frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """A milestone's planned day is part of the plan; moving it is said, and the first one is kept."""
    old = stored.records(Milestone).select("city", "record_key", planned_old="planned_on")
    moved = frame.join(old, on=["city", "record_key"]).filter(pl.col("planned_on") != pl.col("planned_old"))
    days = (pl.col("planned_on") - pl.col("planned_old")).dt.total_days()
    told = moved.select(
        "row_no",
        found=pl.col("planned_on").cast(pl.String),
        before=pl.col("planned_old").cast(pl.String),
        days=days,
    )
    return _said("W-B136", "planned_on", told)


_Check = Callable[[pl.DataFrame, Stored], list[Finding]]
_CHECKS: dict[str, tuple[_Check, ...]] = {
    "members": (_customers, _owners),
    "funds": (_ineligible, out_of_order),
    "milestones": (_moved_plan,),
    "enterprises": (_more_reached,),
    "inspections": (_rectified,),
    "evaluations": (_documented,),
    "applications": (_quota, _again),
}
