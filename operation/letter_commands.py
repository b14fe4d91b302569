"""``manage.py letters``: mails that did not arrive, and sending one again."""

import json
from typing import Annotated, Any

import typer

from alerts.dead import Undelivered, desk_of, meaning, send_again, undelivered
from models import clock
from models.access import operator
from models.words import Words, words
from operation.opening import Refused, open_ready
from settings import load_settings


def letters_command(
    dead: Annotated[bool, typer.Option("--dead", help="Only those that failed for good.")] = False,
    resend: Annotated[str | None, typer.Option(help="The number (id) of a dead one to send again.")] = None,
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
) -> None:
    """Mails that failed for good or wait for another try: to whom, attempts, last error in words, next try."""
    settings = load_settings()
    db, t, now = open_ready(settings), words(settings.default_language), clock.now()
    by = operator(settings.administrator_email)
    if resend is not None:
        desk = desk_of(db, resend)
        refusal = t("There is no such letter.") if desk is None else None
        refusal = refusal or send_again(db, by, desk or "", resend, at=now)
        if refusal:
            raise Refused(t(refusal))
        typer.echo(json.dumps({"resent": resend}) if json_out else t("Queued; it is sent with the next run."))
        return
    found = undelivered(db, by, dead_only=dead, limit=10_000)
    if json_out:
        typer.echo(json.dumps({"letters": [_told(one, t) for one in found]}, ensure_ascii=False, default=str))
        return
    lines = [
        f"{one.id}  {t.label(one.state)}  {one.recipient}  {one.attempts}  {t.instant(one.next_at)}  "
        f"{meaning(one.last_error, t)}  {one.subject}"
        for one in found
    ]
    typer.echo("\n".join(lines) or t("Every mail has arrived or is on its way for the first time."))


def _told(one: Undelivered, t: Words) -> dict[str, Any]:
    names = ("id", "city", "recipient", "subject", "state", "attempts", "last_error", "resent_by")
    told = {name: getattr(one, name) for name in names} | {"meaning": meaning(one.last_error, t)}
    instants = {name: getattr(one, name) for name in ("created_at", "next_at", "resent_at")}
    return told | {name: at.isoformat() if at else None for name, at in instants.items()}
