"""``manage.py source``: declare a source, list them, pull one now, switch them on and off.

Exit status: 0 done, 1 refused or nothing good came, 2 misuse. A declaration is a TOML file; every key stands
in ``collectors/declared/example.toml``.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts import day as days
from collectors import sources
from collectors.declaration import DeclarationError
from collectors.failure import notes_of, told
from collectors.intake import Limits
from collectors.pull import Pulled, pull
from collectors.quiet import state_of, title_of
from models import clock
from models.access import Scope, operator
from models.queries.sources import SourceRow, all_sources
from models.words import words
from operation.opening import Refused, open_ready
from settings import Settings, load_settings

source_app = typer.Typer(help="Data sources: add, list, pull, enable, disable, remove.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Name = Annotated[str, typer.Argument(help="The source's name.")]


def _administrator(settings: Settings) -> Scope:
    return operator(settings.administrator_email)


@source_app.command("add")
def add_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="TOML.")],
) -> None:
    """Declare a source, or declare it anew: it is then read from the start, and its history stays."""
    settings = load_settings()
    try:
        text = file.read_text(encoding="utf-8")
        found = sources.add(open_ready(settings), text, by=settings.administrator_email, now=clock.now())
    except (DeclarationError, UnicodeError) as error:
        raise Refused(f"{file.name}: {error}") from None
    typer.echo(
        f"Declared {found.name}; the worker pulls it next. To try it now: manage.py source pull {found.name}"
    )


@source_app.command("list")
def list_command(json_out: Json = False) -> None:
    """All sources: how they fare, when they last spoke, when they are asked next."""
    settings = load_settings()
    now, t = clock.now(), words(settings.default_language)
    tolerance = timedelta(minutes=settings.source_tolerance_minutes)
    rows = all_sources(open_ready(settings), _administrator(settings))
    found = [_listed(row, str(state_of(row, now=now, tolerance=tolerance).health)) for row in rows]
    lines = [
        f"{one['name']}  {one['health']}  {one['city']}  {title_of(row.name, row.declared)}  "
        f"{t.instant(row.last_ok_at)}  → {t.instant(row.due_at)}  {one['last_code'] or ''}".rstrip()
        for one, row in zip(found, rows, strict=True)
    ]
    _print({"sources": found}, json_out, "\n".join(lines) or "No sources.")


def _listed(row: SourceRow, health: str) -> dict[str, Any]:
    names = ("name", "city", "enabled", "due_at", "last_ok_at", "last_data_at", "failures")
    last = {"last_outcome": row.last and row.last.outcome, "last_code": row.last and row.last.code}
    return {name: getattr(row, name) for name in names} | {"health": health} | last


@source_app.command("pull")
def pull_command(name: Name, json_out: Json = False) -> None:
    """Pull a source now, due or not, and say what came of it."""
    settings = load_settings()
    db = open_ready(settings)
    limits = Limits(
        max_bytes=settings.import_max_mb * 1_000_000, max_unpacked=settings.unpacked_max_mb * 1_000_000
    )
    found = pull(db, name, now=clock.now(), limits=limits)
    if found is None:
        raise Refused(f"There is no source {name}, or another process is pulling it.")
    if found.cities:
        days.bring_up_to_date(db, found.cities, now=clock.now())
    answer = _answer(found)
    t = words(settings.default_language)
    lines = [_run_line(run, t.pick("zh", "en")) for run in answer["runs"]]
    _print(answer, json_out, "\n".join(lines) or "Nothing is ready in the folder.")
    if any(not run.is_good for run in found.runs):
        raise typer.Exit(1)


def _answer(found: Pulled) -> dict[str, Any]:
    runs = []
    for run in found.runs:
        one: dict[str, Any] = {"outcome": run.outcome, "code": run.code, "submission": run.submission}
        one |= {
            name: run.counts.get(name, 0)
            for name in ("rows", "new", "changed", "rejected", "warned", "requests", "bytes")
        }
        one["response_ms"] = run.counts.get("response_ms")
        for language, code in (("zh", "zh_CN"), ("en", "en")):
            said = told(run.code, run.values, words(code)) if run.code else (None, None)
            one |= {f"message_{language}": said[0], f"hint_{language}": said[1]}
        one["notes"] = [code for code, *_ in notes_of(run.values, words("en"))]
        runs.append(one)
    return {"source": found.source, "runs": runs}


def _run_line(run: dict[str, Any], language: str) -> str:
    counts = " · ".join(f"{name} {run[name]}" for name in ("rows", "new", "changed", "rejected"))
    said = (
        f"  {run['code']}  {run[f'message_{language}']} {run[f'hint_{language}'] or ''}"
        if run["code"]
        else ""
    )
    noted = f"  ({', '.join(run['notes'])})" if run["notes"] else ""
    return f"{run['outcome']}: {counts}{said}{noted}".rstrip()


@source_app.command("enable")
def enable_command(name: Name) -> None:
    """Switch a source on; it is due at once."""
    _switch(name, True)


@source_app.command("disable")
def disable_command(name: Name) -> None:
    """Switch a source off; what it brought stays, and nobody is told of its silence."""
    _switch(name, False)


def _switch(name: str, on: bool) -> None:
    settings = load_settings()
    by = settings.administrator_email
    if not sources.set_enabled(open_ready(settings), name, on, by=by, now=clock.now()):
        raise Refused(f"There is no source {name}.")
    typer.echo(f"{'Enabled' if on else 'Disabled'} {name}.")


@source_app.command("remove")
def remove_command(name: Name) -> None:
    """Remove a source that never brought anything; any other can only be disabled."""
    settings = load_settings()
    by = settings.administrator_email
    if not sources.remove(open_ready(settings), name, by=by, now=clock.now()):
        raise Refused(f"There is no source {name}, or it has brought reports: disable it instead.")
    typer.echo(f"Removed {name}.")


def _print(found: dict[str, Any], as_json: bool, line: str) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, default=str) if as_json else line)
