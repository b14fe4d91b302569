"""``manage.py mapping``: draft a mapping from a sample, list the carried ones, look at what one makes of a file.

Nothing here stores a row; ``manage.py import --mapping`` does. Exit status as everywhere: 0 done, 1 refused with
the reason on standard error, 2 misuse.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from sqlmodel import Session

from collectors import problems
from collectors.desk import Desk, opened
from collectors.examine import examine
from collectors.forms import FORMS, Cell, Column, Form
from collectors.mapping import Mapping, MappingError, find_mapping, known_mappings, load_mapping, read_mapping
from collectors.mapping.draft import drafted
from collectors.mapping.sample import ENCODINGS, read_sample
from collectors.problems import Problem, grouped, problem_text
from collectors.read import Limits
from collectors.receipt import Delivery, summary
from collectors.stored import Stored
from collectors.template import template_csv
from models import clock
from models.access import Scope, operator, scope_of
from models.db import Database
from models.people import Person
from models.words import Words, mark, words
from operation.opening import Refused, open_ready
from settings import Settings, load_settings

mapping_app = typer.Typer(help="Declared mappings: draft, list, preview.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or XLSX.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]

_NO_SUCH = mark("There is no mapping named {found}. Known: {known}.")
_UNFINISHED = mark("The draft is not finished. {why}")
_WRITTEN = mark("Written to {path}: {count} places are marked “unsure”.")
_ROW = Column("row_no", "行号", "Row", Cell.TEXT)


def _say(text: str, *, err: bool = False) -> None:
    typer.echo(text, err=err)


def chosen_mapping(name_or_path: str, t: Words) -> Mapping:
    """The mapping of that name or in that file. Raises Refused with the line that says why not."""
    try:
        found = find_mapping(name_or_path)
    except (MappingError, OSError, UnicodeError) as error:
        told = error.text(t) if isinstance(error, MappingError) else f"{name_or_path}: {error}"
        raise Refused(told) from None
    if found is None:
        raise Refused(t(_NO_SUCH, found=name_or_path, known=", ".join(known_mappings())))
    return found


@mapping_app.command("list")
def list_command(json_out: Json = False) -> None:
    """The mappings that are carried: what each fills, and whose projects they are."""
    t = words(load_settings().default_language)
    found = [_listed(name, t) for name in known_mappings()]
    lines = [f"{m['name']}  {m['version']}  {', '.join(m['forms'])}  {m['of']}{m['error']}" for m in found]
    _say(json.dumps({"mappings": found}, ensure_ascii=False) if json_out else "\n".join(lines))


def _listed(name: str, t: Words) -> dict[str, Any]:
    try:
        mapping = load_mapping(name)
    except MappingError as error:
        return {"name": name, "version": "", "forms": [], "of": "", "error": error.text(t)}
    own = mapping.told.programme
    of = t.pick(own.name_zh, own.name_en) if own else t("the pilot's projects")
    return {"name": name, "version": mapping.version, "forms": mapping.told.forms, "of": of, "error": ""}


@mapping_app.command("draft")
def draft_command(
    file: File,
    form: Annotated[
        str | None, typer.Option(help="The form to fill; the best fitting where left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write it; never over a file.")] = None,
    encoding: Annotated[str | None, typer.Option(help="The file's encoding, where it is known.")] = None,
) -> None:
    """Draft a mapping from a sample: columns, units, dates, skip words, values; what is not sure says so."""
    if form and form not in FORMS:
        raise typer.BadParameter(f"--form is one of {', '.join(FORMS)}")
    if out is not None and out.exists():
        raise typer.BadParameter(f"{out} exists already")
    settings = load_settings()
    t = words(settings.default_language)
    try:
        tried = (encoding,) if encoding else ENCODINGS
        sheet = read_sample(file.read_bytes(), file.name, _limits(settings), tried)
    except problems.Refused as refusal:
        raise Refused("\n".join(_told(problem, t) for problem in grouped(refusal.findings))) from None
    draft = drafted(sheet, file.name, t, form=form)
    if out is None:
        _say(draft.text.rstrip("\n"))
    else:
        out.write_text(draft.text, encoding="utf-8")
        _say(t(_WRITTEN, path=out, count=draft.unsure))
    try:
        read_mapping(draft.text, out.name if out else file.name)
    except MappingError as error:
        _say(t(_UNFINISHED, why=error.text(t)), err=True)


@mapping_app.command("preview")
def preview_command(
    file: File,
    mapping: Annotated[str, typer.Option(help="A mapping's name, or the path of its TOML.")],
    rows: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = 5,
    as_email: Annotated[str | None, typer.Option("--as", help="Whose account; the administrator's.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The file's as-of day, where its name does not say.")
    ] = None,
    json_out: Json = False,
) -> None:
    """What a mapping makes of a file: our form's rows, counts, problems. Stores nothing."""
    settings = load_settings()
    t = words(settings.default_language)
    chosen = chosen_mapping(mapping, t)
    db = open_ready(settings)
    scope = _scope(db, settings, as_email, t)
    delivery = Delivery(file.name, file.read_bytes(), scope, mapping=chosen, as_of=_day(as_of))
    try:
        (desk,) = opened(db, delivery, _limits(settings), clock.now())
    except problems.Refused as refusal:
        raise Refused("\n".join(_told(problem, t) for problem in grouped(refusal.findings))) from None
    with db.ro.connect() as connection:
        receipt, _ = examine(Stored(db, connection, ()), desk, clock.now())
    counts, tables = summary(receipt), _tables(desk, rows, t)
    if json_out:
        _say(json.dumps(counts | {"forms": tables}, ensure_ascii=False, default=str))
    else:
        names = ("rows", "new", "changed", "same", "warned", "rejected")
        _say("\n\n".join(f"[{name}]\n{text}" for name, text in tables.items()))
        _say("\n" + " · ".join(f"{t(name if name != 'rows' else 'Rows')} {counts[name]}" for name in names))
        _say("\n".join("  " + _told(problem, t) for problem in receipt.problems))
    if not receipt.ok:
        raise typer.Exit(1)


def _tables(desk: Desk, rows: int, t: Words) -> dict[str, str]:
    """The first rows of each form, as the form itself writes them, by the columns that the mapping fills."""
    tables = {}
    for name, frame in desk.parts:
        shown = [column for column in FORMS[name].columns if column.stored_as in frame.columns]
        form: Form = replace(FORMS[name], columns=(_ROW, *shown))
        first = frame.head(rows).with_columns(pl.col("row_no").cast(pl.String))
        tables[name] = template_csv(form, t, first).decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n")
    return tables


def _told(problem: Problem, t: Words) -> str:
    message, hint = problem_text(problem, t)
    times = f" ×{problem.count:,}" if problem.count > 1 else ""
    return f"{problem.code}{times}  {message} {hint}".rstrip()


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_bytes=settings.import_max_mb * 1_000_000, max_unpacked=settings.unpacked_max_mb * 1_000_000
    )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day like 2026-11-23") from None


def _scope(db: Database, settings: Settings, email: str | None, t: Words) -> Scope:
    if email is None:
        return operator(settings.administrator_email)
    with Session(db.ro) as session:
        person = session.get(Person, email.strip().lower())
        if person is None or person.disabled_at:
            raise Refused(t("There is no active account {email}.", email=email))
        return scope_of(session, person)
