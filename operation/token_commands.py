"""``manage.py token``: tokens for a city's own system to hand reports in with; shown once, kept as hashes."""

import json
from typing import Annotated

import typer
from sqlmodel import Session

from collectors.forms import FORMS
from models import clock, tokens
from models.places import Place
from models.tokens import Wanted
from models.vocabulary import Role
from operation.opening import Refused, open_ready
from settings import load_settings

token_app = typer.Typer(help="API tokens: add, list, revoke.", no_args_is_help=True)


@token_app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="Which system; it stands as the uploader in the history.")],
    city: Annotated[str, typer.Option(help="Code of the city the token is bound to.")],
    forms: Annotated[str, typer.Option(help="Forms the token is for, joined by commas.")] = "dispatch",
    days: Annotated[int, typer.Option(help="Days until it is over.", min=1, max=3_650)] = 365,
) -> None:
    """Make a token and print it. It cannot be shown again."""
    settings = load_settings()
    wanted = tuple(part.strip() for part in forms.split(",") if part.strip())
    wrong = [form for form in wanted if form not in FORMS or Role.CITY not in FORMS[form].by]
    if wrong or not wanted:
        known = ", ".join(form.name for form in FORMS.values() if Role.CITY in form.by)
        raise typer.BadParameter(f"--forms takes {known}")
    db = open_ready(settings)
    with Session(db.ro) as session:
        if session.get(Place, city) is None:
            raise Refused(f"There is no place with the code {city}.")
    made = tokens.create(
        db, Wanted(name, city, wanted, days), by=settings.administrator_email, now=clock.now()
    )
    typer.echo(made)


@token_app.command("list")
def list_command(
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
) -> None:
    """All tokens, without their text."""
    rows = [
        row.model_dump(mode="json", exclude={"sha256"}) for row in tokens.listed(open_ready(load_settings()))
    ]
    lines = [
        f"{r['name']}  {r['city']}  {r['forms']}  until {r['expires_at'][:10]}"
        + ("  (revoked)" if r["revoked_at"] else "")
        for r in rows
    ]
    typer.echo(json.dumps({"tokens": rows}, ensure_ascii=False) if json_out else "\n".join(lines))


@token_app.command("revoke")
def revoke_command(name: str) -> None:
    """Close every token of a name; the next call with it is refused."""
    settings = load_settings()
    closed = tokens.revoke(open_ready(settings), name, by=settings.administrator_email, now=clock.now())
    if not closed:
        raise Refused(f"There is no live token named {name}.")
    typer.echo(f"Revoked {closed}.")
