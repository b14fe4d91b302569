"""What may still be changed, what a change of a past figure needs, and whether it is of the period chosen.

Accepted figures do not move under the reviewer: a new or changed row of an accepted period is an error. A
figure of a period that is over is corrected with a reason; while the period may still be reported, saying it
otherwise is an ordinary revision. Where a period was chosen for a file, what it would write lies in it; rows
that change nothing may be of any day, so that a filled-in template can be handed in for its next period.
"""

from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from collectors.compare import Outcome
from collectors.problems import Finding
from collectors.receipt import Delivery
from models.db import Database
from models.periods import Period
from models.queries.windows import Calendar, calendar
from models.records import Enterprise, Fund, Member, Tenant
from models.reports import Report
from models.vocabulary import Door
from models.windows import SignOff

#: The tables whose rows speak of a day, and which column says which.
DAYS = {Report: "as_of", Member: "as_of", Tenant: "as_of", Enterprise: "as_of", Fund: "happened_on"}

#: Doors at which somebody is there to give a reason; elsewhere its absence is only said.
_ASKED = (Door.WEB, Door.PUSH)


def closing(
    connection: sa.Connection, outcome: Outcome, delivery: Delivery, *, now: datetime, reason: str | None
) -> list[Finding]:
    """What is wrong with changing what a file would change. A row of another period is asked for no reason."""
    findings = _misdated(outcome, delivery.period) if delivery.period else []
    restated = outcome.restated
    for finding in findings:
        restated = restated.filter(~pl.col("row_no").is_in(finding.bad_rows.implode()))
    signed = connection.scalar(sa.select(sa.exists().select_from(SignOff.__table__)))
    if not signed and restated.is_empty():
        return findings
    found = calendar(connection, now)
    findings += _locked(_touched(outcome), found) if found.accepted else []
    if restated.height and not reason:
        findings += _unexplained(restated, found, delivery.door)
    return findings


def _misdated(outcome: Outcome, period: Period) -> list[Finding]:
    """Rows that would be written for a day outside the period chosen, by the column that says the day."""
    findings = []
    for table, rows in outcome.inserts:
        if table not in DAYS or rows.is_empty():
            continue
        day = DAYS[table]
        other = rows.filter(~pl.col(day).is_between(period.start, period.end))
        if other.height:
            told = other.select("row_no", found=pl.col(day).cast(pl.String))
            findings.append(Finding("E-B109", day, told, {"expected": period.name}))
    return findings


def _touched(outcome: Outcome) -> pl.DataFrame:
    """Rows that would become current: row_no, city, on."""
    parts = [
        rows.filter(pl.col("superseded_at").is_null()).select("row_no", "city", on=pl.col(DAYS[table]))
        for table, rows in outcome.inserts
        if table in DAYS and rows.height
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=outcome.restated.schema)


def _picked(rows: pl.DataFrame, found: Calendar, which: str) -> pl.DataFrame:
    """Rows whose city and day answer yes to a question of the calendar; asked once for each city and day."""
    pairs = rows.select("city", "on").unique()
    ask = getattr(found, which)
    yes = [ask(city, day) for city, day in pairs.iter_rows()]
    ends = [found.period(city, day).end for city, day in pairs.iter_rows()]
    chosen = pairs.with_columns(yes=pl.Series(yes, dtype=pl.Boolean), end=pl.Series(ends, dtype=pl.Date))
    return rows.join(chosen.filter("yes"), on=["city", "on"], maintain_order="left")


def _locked(touched: pl.DataFrame, found: Calendar) -> list[Finding]:
    rows = _picked(touched, found, "is_locked")
    if rows.is_empty():
        return []
    told = rows.select("row_no", found=pl.col("end").cast(pl.String))
    return [Finding("E-B108", None, told)]


def _unexplained(restated: pl.DataFrame, found: Calendar, door: Door) -> list[Finding]:
    rows = _picked(restated, found, "is_past")
    if rows.is_empty():
        return []
    code = "E-B123" if door in _ASKED else "W-B123"
    return [Finding(code, None, rows.select("row_no", found=pl.col("on").cast(pl.String)))]


def locked_days(
    connection: sa.Connection, days: set[tuple[str, date]], now: datetime
) -> set[tuple[str, date]]:
    """Of these cities and days, those whose period is accepted."""
    if not days:
        return set()
    found = calendar(connection, now, cities={city for city, _ in days})
    return {(city, day) for city, day in days if found.is_locked(city, day)} if found.accepted else set()


def open_calendar(db: Database, now: datetime) -> Calendar:
    """The pilot's calendar for a page."""
    with db.ro.connect() as connection:
        return calendar(connection, now)
