"""Dispatch orders and a measure for the demonstration, by ``alerts/orders.py`` and ``alerts/ladder.py`` like anybody's.

They are issued before the accounts exist, so that nobody is mailed about the past. What is there already from a
loading that was cut off is passed over. Another order is a line of ``_STORIES``.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from alerts.evidence import Upload
from alerts.ladder import Content, Entry, enter
from alerts.office import Office
from alerts.order_rights import stand_of
from alerts.orders import Act, Wish, carry_out, issue
from collectors import demo
from models import clock
from models.access import operator
from models.alerts import Alert
from models.db import Database
from models.projects import Project
from models.queries import orders
from models.records import Evaluation
from models.vocabulary import Cause, Deed, Role, Severity, Tier

_EVERYTHING = operator("demonstration")
_NAMESPACE = uuid.UUID("5f6f7c0e-0f0e-4f6e-9c39-0a1081081080")
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class _Step:
    """A deed, so many working days after the issue, and what is said."""

    deed: Deed
    after: int
    note: str
    file: str | None = None


@dataclass(frozen=True)
class _Story:
    """An order: how many working days ago, by whom, why, what is asked, its terms, and what became of it."""

    city: str
    ago: int
    by: Role
    cause: Cause
    asked: str
    answer: int = 5
    rectify: int = 20
    steps: tuple[_Step, ...] = ()
    by_hand: bool = False


_STORIES = (
    _Story(
        "210100",
        18,
        Role.MINISTRY,
        Cause.PROCUREMENT_DELAY,
        "查明设备到货滞后原因，商企业调整到货计划，明确补回进度的时间安排。",
        steps=(
            _Step(Deed.RECEIVED, 1, ""),
            _Step(
                Deed.ANSWERED, 4, "进口设备清关延误，已协调海关加急，首批设备下月到厂；土建与安装交叉施工。"
            ),
        ),
    ),
    _Story(
        "210100",
        9,
        Role.PROVINCE,
        Cause.FUNDS_NOT_IN_PLACE,
        "落实市级配套资金，说明资金拨付时间表。",
    ),
    _Story(
        "150200",
        14,
        Role.MINISTRY,
        Cause.WEAK_MANAGEMENT,
        "核查项目停滞情况，明确责任人和复工时间。",
        steps=(
            _Step(Deed.RECEIVED, 0, ""),
            _Step(Deed.ANSWERED, 3, "施工总包更换，复工手续办理中。"),
            _Step(Deed.RECTIFIED, 10, "已于本周复工，附复工报告。", "复工报告.pdf"),
        ),
    ),
    _Story(
        "310114",
        25,
        Role.PROVINCE,
        Cause.REPORTING_FAULT,
        "核实报送数据口径，更正支出数据。",
        steps=(
            _Step(Deed.RECEIVED, 1, ""),
            _Step(Deed.RECTIFIED, 4, "已按支出口径更正，附记账凭证。", "记账凭证.pdf"),
            _Step(Deed.CLOSED, 6, "经核对凭证，口径已更正，予以销号。"),
        ),
    ),
    _Story(
        "510700",
        7,
        Role.MINISTRY,
        Cause.TECHNOLOGY_CHANGE,
        "说明技术方案调整对总投资和完工时间的影响，需调整的按程序报批。",
        steps=(
            _Step(Deed.RECEIVED, 1, ""),
            _Step(Deed.TIME_ASKED, 3, "方案论证会定于月底召开，申请延后答复。"),
        ),
    ),
    _Story(
        "210100",
        4,
        Role.MINISTRY,
        Cause.REPORTING_FAULT,
        "本市报送多次临近截止时间，请完善报送责任制。",
        by_hand=True,
    ),
)


def supervise(db: Database, *, today: date, at: datetime, office: Office) -> int:
    """Issue what the stories tell and carry out what came of it before ``at``; commits each. How many orders."""
    used: set[str] = set()
    made = 0
    for number, story in enumerate(_STORIES):
        identity = str(uuid.uuid5(_NAMESPACE, f"{number}:{story.city}"))
        alert = None if story.by_hand else _alert(db, story.city, used)
        known = orders.one(db, _EVERYTHING, story.city, identity) is not None
        if known or (alert is None and not story.by_hand) or not _has_projects(db, story.city):
            continue
        begun = clock.workdays_before(today, story.ago)
        _issue(db, story, identity, alert, begun, office)
        for step in story.steps:
            on = clock.add_workdays(begun, step.after)
            if clock.at_hour(on, 15) < at:
                _do(db, story, identity, step, on, office)
        made += 1
    for city, told in _measured(db):
        _measure(db, city, told, today)
    return made


def _alert(db: Database, city: str, used: set[str]) -> Alert | None:
    """An open alert of a project of the city that no other story has, reds first."""
    statement = (
        select(Alert)
        .where(Alert.city == city, col(Alert.closed_at).is_(None), col(Alert.project).is_not(None))
        .order_by(col(Alert.severity) != Severity.RED, Alert.opened_on, Alert.rule, Alert.project)
    )
    with Session(db.ro, expire_on_commit=False) as session:
        found = next((one for one in session.exec(statement) if one.project not in used), None)
    if found is not None:
        used.add(found.project or "")
    return found


def _has_projects(db: Database, city: str) -> bool:
    with Session(db.ro) as session:
        return session.exec(select(Project.code).where(Project.city == city).limit(1)).first() is not None


def _issue(
    db: Database, story: _Story, identity: str, alert: Alert | None, begun: date, office: Office
) -> None:
    wish = Wish(
        by=demo.sender(story.city, story.by),
        city=story.city,
        to_level=Tier.CITY,
        cause=story.cause,
        asked=story.asked,
        answer_by=clock.add_workdays(begun, story.answer),
        rectify_by=clock.add_workdays(begun, story.rectify),
        at=clock.at_hour(begun, 10),
        project=alert.project if alert else None,
        alert=alert.id if alert else None,
        id=identity,
    )
    _accepted(issue(db, wish, office=office), story)


def _do(db: Database, story: _Story, identity: str, step: _Step, on: date, office: Office) -> None:
    order = orders.one(db, _EVERYTHING, story.city, identity)
    if order is None:
        raise RuntimeError(f"{story.city}: the order is not there")
    role = story.by if step.deed == Deed.CLOSED else Role.CITY
    more: dict[str, Any] = {}
    if step.file is not None:
        more["files"] = [Upload(step.file, _PDF)]
    if step.deed == Deed.TIME_ASKED:
        more["answer_by"] = clock.add_workdays(stand_of(order).answer_by, 5)
    by, seen = demo.sender(story.city, role), order.events[-1].seq
    act = Act(by, story.city, identity, seen, step.deed, clock.at_hour(on, 15), step.note, **more)
    _accepted(carry_out(db, act, office=office), story)


def _accepted(refusal: str | None, story: _Story) -> None:
    if refusal is not None:
        raise RuntimeError(f"{story.city}: {refusal}")


def _measured(db: Database) -> Iterator[tuple[str, Evaluation]]:
    """Cities whose evaluation names a measure, with the evaluation."""
    statement = select(Evaluation).where(
        col(Evaluation.superseded_at).is_(None), col(Evaluation.measure).is_not(None)
    )
    with Session(db.ro, expire_on_commit=False) as session:
        for evaluation in session.exec(statement.order_by(Evaluation.city)):
            yield evaluation.city, evaluation


def _measure(db: Database, city: str, told: Evaluation, today: date) -> None:
    """The measure that the evaluation tells of, entered by the province with its document."""
    on = told.measure_on or today - timedelta(days=30)
    if told.measure is None or told.amount is not None:
        return
    content = Content(told.measure, told.document_no or "—", on, told.note or "限期整改。", year=told.year)
    identity = str(uuid.uuid5(_NAMESPACE, f"measure:{city}:{told.year}"))
    by = demo.sender(city, Role.PROVINCE)
    refusal = enter(
        db, Entry(by, city, content, clock.at_hour(on, 16), (Upload("处理决定.pdf", _PDF),), 0, identity)
    )
    if refusal is not None:
        raise RuntimeError(f"{city}: {refusal}")
