"""``manage.py user``: accounts from the command line, by the same functions as the page (``models/accounts.py``).

Whoever has the machine may all of it, also where no administrator is left; the audit log names the operator.
"""

import json
from datetime import timedelta
from typing import Annotated

import typer
from sqlmodel import Session, select

from models import accounts, clock
from models.access import operator
from models.accounts import Change, Handed, Post, Wanted
from models.db import Database
from models.people import Person
from models.places import NATION
from models.vocabulary import Department, Role
from models.words import LANGUAGES
from operation.opening import Refused, open_ready
from settings import Settings, load_settings

user_app = typer.Typer(
    help="Accounts: add, list, change, password, reset, disable, enable.", no_args_is_help=True
)

_Place = Annotated[str, typer.Option(help="Code of the province-level unit or city; 000000 is the nation.")]
_Of = Annotated[
    Department | None, typer.Option(help="Industry or finance; a city needs one to vouch as one.")
]
_Administers = Annotated[bool, typer.Option("--administers", help="Manages people beside the post.")]
_Password = Annotated[
    str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, envvar="NEW_PASSWORD")
]


@user_app.command("add")
def add_command(
    email: str,
    name: Annotated[str, typer.Option(help="How pages and mails call this person.")],
    role: Annotated[Role, typer.Option(help="Whose desk.")],
    password: _Password,
    place: _Place = NATION,
    language: Annotated[str | None, typer.Option(help="zh_CN or en, for mails.")] = None,
    department: _Of = None,
    administers: _Administers = False,
) -> None:
    """Add an account. The password is asked for, or read from NEW_PASSWORD."""
    if language not in (None, *LANGUAGES):
        raise typer.BadParameter(f"--language is one of {', '.join(LANGUAGES)}")
    db, change = _begin()
    wanted = Wanted(email, name, Post(role, place, department, administers), language, password=password)
    found = accounts.add(db, wanted, change)
    if found.refusal == accounts.NO_ADDRESS:
        raise typer.BadParameter(f"{email!r} is no e-mail address")
    _refuse(found.refusal, email)
    typer.echo(f"Added {email}.")


@user_app.command("list")
def list_command(
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
) -> None:
    """All accounts."""
    with Session(open_ready(load_settings()).ro) as session:
        people = session.exec(select(Person).order_by(Person.email)).all()
    rows = [person.model_dump(mode="json", exclude={"password_hash"}) for person in people]
    lines = [
        f"{r['email']}  {r['role']}  {r['place']}  {r['name']}"
        + ("  (administers)" if r["administers"] else "")
        + ("  (disabled)" if r["disabled_at"] else "")
        for r in rows
    ]
    typer.echo(json.dumps({"people": rows}, ensure_ascii=False) if json_out else "\n".join(lines))


@user_app.command("change")
def change_command(
    email: str,
    role: Annotated[Role, typer.Option(help="Whose desk.")],
    place: _Place = NATION,
    department: _Of = None,
    administers: _Administers = False,
) -> None:
    """Give an account another post."""
    db, change = _begin()
    _refuse(accounts.change_post(db, email, Post(role, place, department, administers), change), email)
    typer.echo(f"Changed {email}.")


@user_app.command("password")
def password_command(email: str, password: _Password) -> None:
    """Set a new password; open pages of the account end."""
    db, change = _begin()
    refusal = accounts.set_password(db, email, password, by=change.by.email, now=change.now)
    _refuse(refusal, email)
    typer.echo(f"New password for {email}.")


@user_app.command("reset")
def reset_command(email: str) -> None:
    """Print a password for once; it has to be changed at the next sign-in."""
    db, change = _begin()
    found: Handed = accounts.reset(db, email, change)
    _refuse(found.refusal, email)
    typer.echo(found.password)


@user_app.command("disable")
def disable_command(email: str) -> None:
    """Close an account; open pages of it end at their next click."""
    db, change = _begin()
    _refuse(accounts.disable(db, email, change), email)
    typer.echo(f"Disabled {email}.")


@user_app.command("enable")
def enable_command(email: str) -> None:
    """Open a disabled account again."""
    db, change = _begin()
    _refuse(accounts.enable(db, email, change), email)
    typer.echo(f"Enabled {email}.")


def _begin() -> tuple[Database, Change]:
    settings: Settings = load_settings()
    by = operator(settings.administrator_email)
    return open_ready(settings), Change(by, clock.now(), timedelta(hours=settings.one_time_password_hours))


def _refuse(refusal: str | None, email: str) -> None:
    if refusal is not None:
        raise Refused(f"{email}: {refusal}")
