"""``manage.py audit``: read the audit log, verify its chain, and note its head outside of the database.

An anchor is a line "INSTANT SEQ HASH" in a file that only grows (AUDIT_ANCHORS). The worker writes one a day where
the head has moved; copy the file off the machine, or print the line. ``verify`` holds the chain to all of them.
"""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from models import clock
from models.anchors import note_head, read_anchors
from models.audit import Anchor, verify
from models.queries.audit_log import Narrow, entries
from operation.opening import Refused, open_ready
from settings import load_settings

audit_app = typer.Typer(help="The audit log: list, verify, anchor.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@audit_app.command("list")
def list_command(
    who: Annotated[str, typer.Option(help="An address, or a part of one.")] = "",
    kind: Annotated[str, typer.Option(help="sign_in, people, export, decision …")] = "",
    on: Annotated[str | None, typer.Option(help="A day in China, YYYY-MM-DD.")] = None,
    place: Annotated[str, typer.Option(help="A place's code.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    json_out: Json = False,
) -> None:
    """The newest entries first."""
    day = None
    if on is not None:
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise typer.BadParameter(f"{on!r} is not a day like 2026-11-23") from None
    rows = entries(open_ready(load_settings()), Narrow(who, kind, day, place), limit=limit)
    if json_out:
        typer.echo(json.dumps({"entries": [asdict(row) for row in rows]}, ensure_ascii=False, default=str))
        return
    for row in rows:
        typer.echo(f"{row.seq}  {row.at:%Y-%m-%d %H:%M:%S}Z  {row.kind}  {row.who}  {row.what}  {row.about}")


@audit_app.command("verify")
def verify_command(
    anchors: Annotated[
        Path | None, typer.Option(help="A file of noted heads; AUDIT_ANCHORS where left out.")
    ] = None,
    json_out: Json = False,
) -> None:
    """Go through the whole chain. Exit status 1 and the first row that does not hold where it is broken."""
    settings = load_settings()
    path = anchors or settings.anchors
    if anchors is not None and not path.exists():
        raise typer.BadParameter(f"there is no file {path}")
    noted = _anchors(path)
    found = verify(open_ready(settings), noted)
    if json_out:
        typer.echo(json.dumps(asdict(found) | {"anchors": len(noted), "ok": found.broken is None}))
    elif found.broken is None:
        typer.echo(
            f"The chain holds: {found.rows} rows, {len(noted)} anchors. "
            f"Head {found.head.seq} {found.head.hash}"
        )
    else:
        typer.echo(f"BROKEN at row {found.broken}: {found.why}. {found.rows} rows before it hold.", err=True)
    if found.broken is not None:
        raise typer.Exit(1)


@audit_app.command("anchor")
def anchor_command() -> None:
    """Note the head in the file of anchors, and print it: keep that line away from this machine."""
    settings = load_settings()
    try:
        line = note_head(open_ready(settings), settings.anchors, now=clock.now())
    except ValueError as error:
        raise Refused(f"{error}.") from None
    typer.echo(line or "No new entry.")


def _anchors(path: Path) -> list[Anchor]:
    try:
        return read_anchors(path)
    except ValueError as error:
        raise Refused(f"{error}.") from None
