"""Bring the reference tables up to the data carried with the project: places, batches, roster.

Safe to run at every start. Never fills in what the roster does not know.
"""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from models.clock import local_day
from models.db import Database, read_csv_rows, upsert
from models.places import NATION, Place, PlaceLevel, Programme, RosterBatch, RosterMember

_DATA = Path(__file__).parent / "data"

#: The programme of the notice 工信厅联规函〔2025〕108号.
PILOT = "pilot"


def plant_roster(db: Database, now: datetime) -> None:
    """Insert or update all reference rows in one transaction; commits."""
    with db.rw.begin() as connection:
        upsert(connection, Place, _places())
        upsert(connection, RosterBatch, _batches())
        upsert(connection, RosterMember, _members())
        known = connection.scalar(sa.select(Programme.code).where(Programme.code == PILOT))
        if known is None:  # once there, its windows and its demonstration mark belong to the database
            upsert(connection, Programme, [_pilot(now)])


def _places() -> list[dict]:
    nation = dict(code=NATION, level=PlaceLevel.NATION, province=NATION, name_zh="全国", name_en="Nation")
    rows = [nation | dict(tile_row=None, tile_column=None)]
    provinces = {row["name_zh"]: row for row in read_csv_rows(_DATA / "provinces.csv")}
    for row in provinces.values():
        rows.append(
            dict(
                code=row["code"],
                level=PlaceLevel.PROVINCE,
                province=row["code"],
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                tile_row=int(row["tile_row"]),
                tile_column=int(row["tile_column"]),
            )
        )
    for row in read_csv_rows(_DATA / "roster.csv"):
        if row["kind"] == "xpcc":
            continue  # a province-level unit that reports for itself
        rows.append(
            dict(
                code=row["adcode"],
                level=PlaceLevel.CITY,
                province=provinces[row["province_zh"]]["code"],
                name_zh=row["city_zh"],
                name_en=row["city_en"],
                tile_row=None,
                tile_column=None,
            )
        )
    return rows


def _batches() -> list[dict]:
    return [
        dict(batch=int(r["batch"]), year=int(r["year"]), announced=int(r["announced"]), source=r["source"])
        for r in read_csv_rows(_DATA / "batches.csv")
    ]


def _members() -> list[dict]:
    rows = []
    for row in read_csv_rows(_DATA / "roster.csv"):
        place = row["adcode"] or "XPCC"
        rows.append(
            dict(
                entry=f"{row['batch']}-{row['list_no'] or place}",
                place=place,
                batch=int(row["batch"]),
                industries_zh=row["leading_industries_zh"],
                industries_en=row["leading_industries_en"],
                confidence=row["selection_confidence"],
                source_url=row["source_url"],
                note=row["note"],
            )
        )
    return rows


def _pilot(now: datetime) -> dict:
    return dict(
        code=PILOT,
        name_zh="制造业新型技术改造城市试点",
        name_en="City Pilots for New Technological Transformation of Manufacturing",
        currency="CNY",
        report_every_months=1,
        report_due_days=3,
        demonstration=False,
        source="monthly, by the 3rd: Suining 2023 (chacewang.com news282318), a local practice; no national rule is known",
        created_on=local_day(now),
    )
