"""The worker's schedule: what is judged and sent, and when. Here collectors' news and alerts' work meet.

Every job is also a command of ``manage.py``; here they only get their times.
"""

import logging
import os
import socket
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, func, select

from alerts import outbox, watch
from alerts.catching_up import make_up
from alerts.mail import Sender, open_sender
from alerts.office import Hours
from alerts.order_watch import watch_orders
from alerts.scheduler import Job, Worker, serve
from alerts.slots import Daily, Every, daily
from alerts.wanting import digest_is_due, held_is_due
from alerts.webhook import with_robots
from collectors.due import Pace, pull_due
from collectors.intake import Limits
from models import clock
from models.anchors import note_head
from models.db import Database
from models.plans import Adjustment
from models.policies import PolicyInForce
from models.reports import Submission
from models.state import Judgement
from models.vocabulary import Rhythm, Role
from operation.bulletins import Rules, announce
from operation.demonstration import office_of
from operation.opening import declared_robots
from operation.reminders import remind_cities
from operation.silence import tell_silences
from settings import Settings

log = logging.getLogger(__name__)

#: Between looks at the terms of dispatch orders: what a judgement opened again reopens its order soon after it.
ORDERS_SECONDS = 900


def sender_of(settings: Settings) -> Sender:
    """How what is due leaves: by mail, or to a robot."""
    mail = open_sender(settings.smtp_url, settings.mail_folder, mail_from=settings.mail_from)
    return with_robots(mail, declared_robots(settings))


def run_worker(db: Database, settings: Settings) -> None:
    """Work until SIGTERM or Ctrl-C. A second worker stands by on the lease."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    lease = timedelta(seconds=settings.lease_seconds)
    stop = threading.Event()
    serve(Worker(db, name, lease, stop=stop), jobs(db, settings, stop))


def jobs(db: Database, settings: Settings, stop: threading.Event) -> list[Job]:
    """Judge and remind each morning, judge again for the digest and after news, announce bulletins, send what is
    due, watch the terms of orders, pull sources, tell of silence, note the audit log's head."""
    sender = sender_of(settings)
    hours = Hours(
        settings.digest_hour, settings.office_opens, settings.office_closes, settings.at_once_minutes
    )
    office = replace(office_of(settings), hours=hours)
    limits = Limits(
        max_bytes=settings.import_max_mb * 1_000_000, max_unpacked=settings.unpacked_max_mb * 1_000_000
    )

    def judge(now: datetime) -> str:
        missed = make_up(db, daily(settings.evaluate_at), now=now, office=office)
        if missed:
            log.warning("judged after the fact: %s", ", ".join(map(str, missed)))
        found = watch.evaluate(db, clock.local_day(now), now, now=now, office=office)
        return f"{found.projects} projects, {found.opened} opened, {found.resolved} resolved"

    def judge_news(now: datetime) -> str:
        due = has_news(db, now) or digest_is_due(db, now) or held_is_due(db, now)
        return judge(now) if due else "no news"

    def send(now: datetime) -> str:
        found = outbox.send_due(db, sender, now=now, worker=f"{os.getpid()}", go_on=lambda: not stop.is_set())
        return f"{found.sent} sent, {found.failed} failed"

    def pull(now: datetime) -> str:
        pace = Pace(settings.pull_concurrency, settings.pull_per_host)
        return str(pull_due(db, now=now, pace=pace, limits=limits, go_on=lambda: not stop.is_set()))

    def tell(now: datetime) -> str:
        tolerance = timedelta(minutes=settings.source_tolerance_minutes)
        found = tell_silences(db, now=now, tolerance=tolerance, office=office)
        return f"{found.silent} silent, {found.spoke_again} back, {found.messages} mails"

    def remind(now: datetime) -> str:
        found = remind_cities(db, now=now, workdays=settings.remind_workdays, office=office)
        return f"{found.cities} cities, {found.messages} mails"

    def watch_terms(now: datetime) -> str:
        found = watch_orders(db, now=now, office=office)
        return (
            f"{found.reminded} reminded, {found.escalated} escalated, {found.reopened} reopened, "
            f"{found.messages} mails"
        )

    def anchor(now: datetime) -> str:
        return note_head(db, settings.anchors, now=now) or "the head is noted already"

    def bulletin(now: datetime) -> str:
        slot = daily(settings.bulletin_at).slot_at(now)
        if clock.local_day(slot) < clock.local_day(now):  # yesterday's, left undone: today's is still to come
            return "later today"
        found = announce(db, now=now, rules=bulletin_rules(settings), office=office)
        return f"{found.bulletins} bulletins, {found.messages} mails"

    return [
        Job("judge", daily(settings.evaluate_at), judge),
        Job("digest", Daily(settings.digest_hour), judge),
        Job("judge news", Every(settings.watch_seconds), judge_news),
        Job("send", Every(settings.send_seconds), send),
        Job("orders", Every(ORDERS_SECONDS), watch_terms),
        Job("pull", Every(settings.pull_seconds), pull),
        Job("remind", daily(settings.evaluate_at), remind),
        Job("audit anchor", daily(settings.evaluate_at), anchor),
        Job("bulletin", daily(settings.bulletin_at), bulletin),
        Job("source silence", Every(settings.watch_seconds), tell),
    ]


def bulletin_rules(settings: Settings) -> Rules:
    """Who gets which bulletin, from the settings."""
    named = {
        Rhythm.DAILY: settings.bulletin_daily,
        Rhythm.WEEKLY: settings.bulletin_weekly,
        Rhythm.MONTHLY: settings.bulletin_monthly,
    }
    readers = {
        rhythm: tuple(Role(name.strip()) for name in names.split(",") if name.strip())
        for rhythm, names in named.items()
    }
    return Rules(readers, settings.bulletin_monthly_workdays)


def has_news(db: Database, now: datetime) -> bool:
    """Was anything reported, decided or put in force since the newest judgement knew? Never before the first judgement."""
    with Session(db.ro) as session:
        known_at = session.exec(select(func.max(Judgement.known_at)).where(Judgement.moved_alerts)).one()
        if known_at is None:
            return False
        reported = session.exec(select(sa.exists().where(Submission.received_at > known_at))).one()
        decided = session.exec(select(sa.exists().where(Adjustment.decided_at > known_at))).one()
        ruled = session.exec(select(sa.exists().where(PolicyInForce.from_at > known_at))).one()
    return bool(reported or decided or ruled)
