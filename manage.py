"""The one command line. Every job of the worker is also a command here; ``--help`` explains each.

Exit status: 0 done, 1 refused (the reason on standard error), 2 misuse. ``--json`` prints one object for
programs. This is the place where collectors and alerts meet; nothing else composes them but the pages.
"""

import models.memory  # noqa: F401, I001  before anything imports Polars

import json
import logging
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session, col, select

from alerts import day as days
from alerts import outbox, watch
from alerts.totals import BY, grouped
from collectors.forms import FORMS
from collectors.intake import Delivery, Limits, summary, take_in
from collectors.mapping import known_mappings
from models import clock
from models.access import Action, Scope, may, operator, scope_of
from models.alerts import Alert
from models.db import Database, open_database
from models.migrate import migrate as bring_up
from models.people import Person
from models.periods import Period, read_period
from models.places import Place
from models.roster import PILOT
from models.vocabulary import Rhythm
from models.words import LANGUAGES, words
from operation.bulletin_command import asked_for, write_file
from operation.demonstration import office_of
from operation.policy_commands import policy_app, rehearse_command
from operation.letter_commands import letters_command
from operation.mapping_commands import chosen_mapping, mapping_app
from operation.order_commands import orders_command
from operation.opening import Refused, open_ready
from operation.audit_commands import audit_app
from operation.source_commands import source_app
from operation.token_commands import token_app
from operation.user_commands import user_app
from operation.worker import sender_of
from settings import Settings, SettingsError, load_settings

app = typer.Typer(
    help="Pilot Dispatch 试点调度台",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(user_app, name="user")
app.add_typer(audit_app, name="audit")
app.add_typer(source_app, name="source")
app.add_typer(token_app, name="token")
app.add_typer(mapping_app, name="mapping")
app.command("orders")(orders_command)
app.add_typer(policy_app, name="policy")
app.command("rehearse")(rehearse_command)
app.command("letters")(letters_command)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
On = Annotated[str | None, typer.Option("--on", help="A day, YYYY-MM-DD; today where left out.")]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", help="An instant, YYYY-MM-DD or ISO 8601: as known then; now where left out."),
]


def _say(text: str) -> None:
    typer.echo(text)


def _print(found: dict[str, Any], as_json: bool, line: str) -> None:
    _say(json.dumps(found, ensure_ascii=False, default=str) if as_json else line)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day like 2026-11-23") from None


def _period(text: str | None) -> Period | None:
    found = None if text is None else read_period(text)
    if text is not None and found is None:
        raise typer.BadParameter(f"{text!r} is no period like 2026-10 or 2026-10-05/2026-10-11")
    return found


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return clock.parse_instant(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an instant like 2026-11-23T08:00") from None


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema and reference rows up to this program."""
    db = open_database(load_settings().database_url)
    _say(f"Schema at revision {bring_up(db, clock.now())}.")


@app.command()
def demo(json_out: Json = False) -> None:
    """Load the demonstration: made-up reports of all roster cities, and accounts to look at them with."""
    from operation.demonstration import Loader, is_wanted, load_demonstration

    db = open_ready(load_settings())
    if not is_wanted(db):
        raise Refused("The database holds projects already; the demonstration goes into an empty one.")
    loader = Loader(db, load_settings(), tell=lambda line: typer.echo(line, err=True))
    found = load_demonstration(loader, now=clock.now())
    _print(found, json_out, f"Demonstration loaded: {found['projects']} projects, {found['rows']} rows.")


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX.")],
    form: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(FORMS)}; else told by the header.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="A declared mapping, such as mexico_opa, or the path of its TOML.")
    ] = None,
    as_email: Annotated[str | None, typer.Option("--as", help="Whose account; the administrator's.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The file's as-of day, where a mapping needs it.")] = None,
    period: Annotated[
        str | None,
        typer.Option(help="The period meant, 2026-10 or 2026-10-05/2026-10-11; other days are refused."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why past figures are corrected; kept with the file.")] = "",
    partial: Annotated[
        bool, typer.Option("--partial", help="Take the good rows; keep the others as a draft.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would change; change nothing.")
    ] = False,
    json_out: Json = False,
) -> None:
    """Take in a report file: all of it or nothing (a mapping may set bad rows aside)."""
    if form and mapping:
        raise typer.BadParameter("give --form or --mapping, not both")
    if form and form not in FORMS:
        raise typer.BadParameter(f"--form is one of {', '.join(FORMS)}")
    if mapping and not mapping.endswith(".toml") and mapping not in known_mappings():
        raise typer.BadParameter(f"--mapping is the path of a TOML or one of {', '.join(known_mappings())}")
    settings = load_settings()
    mapped = chosen_mapping(mapping, words(settings.default_language)) if mapping else None
    db = open_ready(settings)
    delivery = Delivery(
        file_name=file.name,
        content=file.read_bytes(),
        scope=_reporter(db, settings, as_email),
        form=form,
        mapping=mapped,
        as_of=_day(as_of),
        period=_period(period),
        reason=reason.strip(),
    )
    limits = Limits(
        max_bytes=settings.import_max_mb * 1_000_000, max_unpacked=settings.unpacked_max_mb * 1_000_000
    )
    now = clock.now()
    receipt = take_in(db, delivery, now=now, dry_run=dry_run, limits=limits, partial=partial)
    if receipt.committed and not (mapped and mapped.has_programme):  # its days are its own
        days.bring_up_to_date(db, receipt.cities, now=clock.now())
    found = summary(receipt)
    _print(found, json_out, _receipt_lines(found, dry_run))
    if not receipt.ok:
        raise typer.Exit(1)


def _reporter(db: Database, settings: Settings, email: str | None) -> Scope:
    if email is None:
        return operator(settings.administrator_email)
    with Session(db.ro) as session:
        person = session.get(Person, email.strip().lower())
        if person is None or person.disabled_at:
            raise Refused(f"There is no active account {email}.")
        if not may(person.role, Action.REPORT):
            raise Refused(f"{email} looks and decides, but does not report.")
        return scope_of(session, person)


def _receipt_lines(found: dict[str, Any], dry_run: bool) -> str:
    t = words(load_settings().default_language)
    counts = (
        f"{t('Rows')} {found['rows']} · {t('new')} {found['new']} · {t('changed')} {found['changed']} · "
        f"{t('same')} {found['same']} · {t('warned')} {found['warned']} · {t('rejected')} {found['rejected']}"
    )
    message, hint = ("message_zh", "hint_zh") if t.language == "zh_CN" else ("message_en", "hint_en")
    lines = [counts]
    for problem in found["problems"]:
        where = f" {problem['row']}" if problem.get("row") else ""
        times = f" ×{problem['count']}" if problem.get("count", 1) > 1 else ""
        lines.append(f"  {problem['code']}{where}{times}  {problem[message]} {problem[hint] or ''}".rstrip())
    if found["submission"]:
        lines.append(f"{t('Submission')} {found['submission']}")
    elif dry_run:
        lines.append(t("Dry run: nothing was stored."))
    return "\n".join(lines)


@app.command()
def evaluate(on: On = None, known_at: KnownAt = None, json_out: Json = False) -> None:
    """Judge a day: lights for every project, alerts opened or resolved, mails queued."""
    settings = load_settings()
    db = open_ready(settings)
    now = clock.now()
    day, instant = _day(on) or clock.local_day(now), _instant(known_at) or now
    if day > clock.local_day(now) or instant > now:
        raise Refused("A day or an instant in the future cannot be judged: nothing is known of it yet.")
    found = watch.evaluate(db, day, instant, now=now, office=office_of(settings))
    answer = {
        "on": found.on.isoformat(),
        "known_at": found.known_at.isoformat(),
        "projects": found.projects,
        "lights": found.lights,
        "opened": found.opened,
        "worsened": found.worsened,
        "eased": found.eased,
        "resolved": found.resolved,
        "messages": found.messages,
    }
    lights = " · ".join(f"{words(settings.default_language).label(k)} {v}" for k, v in found.lights.items())
    _print(
        answer,
        json_out,
        f"{found.on}: {found.projects} projects · {lights} · alerts opened {found.opened}, "
        f"resolved {found.resolved} · mails {found.messages}",
    )


@app.command()
def status(
    on: On = None,
    known_at: KnownAt = None,
    by: Annotated[str, typer.Option(help="kind, province, city or industry.")] = "kind",
    programme: Annotated[
        str | None, typer.Option(help="A programme's code; the largest where left out.")
    ] = None,
    json_out: Json = False,
) -> None:
    """The day's figures, the same as the page shows."""
    if by not in BY:
        raise typer.BadParameter(f"--by is one of {', '.join(BY)}")
    settings = load_settings()
    db = open_ready(settings)
    now = clock.now()
    scope = operator(settings.administrator_email)
    day = days.open_day(db, _day(on), _instant(known_at), today=clock.local_day(now))
    chosen = programme or days.default_programme(db)
    totals = days.totals(db, day, scope, days.Narrow(programme=chosen))
    with Session(db.ro) as session:
        provinces = dict(session.exec(select(Place.code, Place.province)).all())
    found = grouped(totals, by, provinces=provinces)
    shown = day.known_at or day.judged_at or now
    answer = {
        "on": day.on,
        "known_at": shown.isoformat(),
        "programme": chosen,
        "by": by,
        "groups": [{"group": code} | asdict(sums) for code, sums in found.items()],
    }
    t = words(settings.default_language)
    lines = [f"{day.on} · {t('as known at')} {t.instant(shown)}"]
    for code, sums in found.items():
        lights = " · ".join(f"{t.label(light)} {count}" for light, count in sums.lights.items())
        lines.append(
            f"{t.label(code)}: {sums.projects} · {lights} · "
            f"{t('progress')} {t.percent(sums.physical_bp)} / {t.percent(sums.planned_bp)} · "
            f"{t('spent ÷ issued')} {t.percent(sums.spent_bp)}"
        )
    _print(answer, json_out, "\n".join(lines))


@app.command()
def bulletin(
    out: Annotated[Path, typer.Option(help="The file; .docx, .pdf or .xlsx chooses the format.")],
    on: On = None,
    known_at: Annotated[
        str | None, typer.Option(help="An instant; what the newest judgement knew where left out.")
    ] = None,
    place: Annotated[
        str, typer.Option("--for", help="A place by code or name; the nation where left out.")
    ] = "",
    rhythm: Annotated[Rhythm, typer.Option(help="Against which bulletin before.")] = Rhythm.DAILY,
    language: Annotated[str | None, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = None,
    programme: Annotated[str, typer.Option(help="A programme's code.")] = PILOT,
    json_out: Json = False,
) -> None:
    """Write a dispatch bulletin. The same day and instant always give the same bytes."""
    settings = load_settings()
    db = open_ready(settings)
    if language is not None and language not in LANGUAGES:
        raise typer.BadParameter(f"--language is one of {', '.join(LANGUAGES)}")
    asked = asked_for(db, _day(on), _instant(known_at), wanted=(place, rhythm, programme), now=clock.now())
    size = write_file(db, asked, words(language or settings.default_language), out)
    known = asked.known_at.isoformat()
    found = {"on": str(asked.on), "known_at": known, "place": asked.place, "file": str(out), "bytes": size}
    _print(found, json_out, f"{out}: {asked.on}, as known at {known}")


@app.command()
def alerts(
    closed: Annotated[bool, typer.Option(help="Closed alerts too.")] = False, json_out: Json = False
) -> None:
    """The open alerts, worst and oldest first."""
    settings = load_settings()
    t = words(settings.default_language)
    statement = select(Alert).order_by(col(Alert.severity), col(Alert.opened_on), col(Alert.project))
    if not closed:
        statement = statement.where(col(Alert.closed_at).is_(None))
    with Session(open_ready(settings).ro) as session:
        rows = [alert.model_dump(mode="json") for alert in session.exec(statement).all()]
    lines = [
        f"{t.label(r['severity'])} {r['city']} {r['project'] or '-'} {r['rule']} {r['opened_on']}"
        for r in rows
    ]
    _print({"alerts": rows}, json_out, "\n".join(lines) or t("No alerts."))


@app.command()
def send(json_out: Json = False) -> None:
    """Deliver the mails that are due, over SMTP or as .eml files."""
    settings = load_settings()
    found = outbox.send_due(open_ready(settings), sender_of(settings), now=clock.now())
    _print(
        {"sent": found.sent, "failed": found.failed}, json_out, f"sent {found.sent}, failed {found.failed}"
    )


@app.command()
def web() -> None:
    """Serve the pages (and /healthz) until stopped."""
    from dashboard.app import run as serve

    settings = load_settings()
    serve(settings, open_ready(settings))


@app.command("watch")
def watch_command() -> None:
    """The worker: judges each day and after each report, and sends mails. A second one stands by."""
    from operation.worker import run_worker

    settings = load_settings()
    run_worker(open_ready(settings), settings)


@app.command()
def run() -> None:
    """Everything for one machine: set up, load the demonstration if empty, start web and worker."""
    from operation.supervisor import CannotStart, run_everything

    try:
        status = run_everything(load_settings(), _say)
    except CannotStart as error:
        raise Refused(str(error)) from None
    raise typer.Exit(status)


def main() -> None:
    """Run the command line; refusals become one line on standard error and exit status 1."""
    try:
        settings = load_settings()
        logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        for noisy in ("alembic", "apscheduler", "fontTools", "fpdf"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        app()
    except SettingsError as error:
        typer.echo(f"Setting refused: {error}", err=True)
        raise SystemExit(1) from None
    except Refused as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
