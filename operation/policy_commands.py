"""``manage.py policy`` and ``rehearse``: what is in force where, check a text, try it, put it in force.

Exit status: 0 done, 1 refused (the reason in words), 2 misuse. A scope is written nation, programme:CODE,
province:CODE or city:CODE.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts import day as days
from alerts.edges import PolicyError
from alerts.enacting import Decision, cities_of, put_in_force
from alerts.in_force import NATIONAL, Key, Standing, newest, standings
from alerts.policy import Policy, read_policy, stored_policy
from alerts.presets import preset, presets
from models import clock
from models.access import operator
from models.vocabulary import PolicyScope
from models.words import words
from operation.opening import Refused, open_ready
from operation.rehearsal_command import lines as rehearsal_lines
from operation.rehearsal_command import rehearsed
from settings import load_settings

policy_app = typer.Typer(help="Light rules: list, check, use.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
File = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A policy's text (TOML).")]
Preset = Annotated[
    str | None,
    typer.Option("--preset", help=f"Rules as a real place practises them: {', '.join(presets())}."),
]
_SCOPE = "nation, programme:CODE, province:CODE or city:CODE"


@policy_app.command("list")
def list_command(
    history: Annotated[bool, typer.Option(help="What was in force before as well.")] = False,
    json_out: Json = False,
) -> None:
    """What is in force where, since when, by whom and why; and the presets there are."""
    db, now = open_ready(load_settings()), clock.now()
    with db.ro.connect() as connection:
        rows = standings(connection)
        names = {row.policy: stored_policy(connection, row.policy).name for row in rows if row.policy}
    holding = newest(rows, now).values()
    shown = [_listed(row, names, row in holding) for row in rows if history or row in holding]
    lines = [
        f"{one['scope']}:{one['place']}  {one['version'] or '-'} {one['name']}  {one['from_at']}  "
        f"{one['set_by']}  {one['reason']}{'' if one['holds'] else '  (ended)'}"
        for one in shown
    ]
    lines += [f"preset {name}" for name in presets()]
    _print({"in_force": shown, "presets": list(presets())}, json_out, "\n".join(lines))


def _listed(row: Standing, names: dict[int, str], holds: bool) -> dict[str, Any]:
    told = {"scope": str(row.scope), "place": row.place, "version": row.policy}
    told |= {"name": names.get(row.policy, ""), "from_at": row.from_at.isoformat(), "set_by": row.set_by}
    return told | {"reason": row.reason, "holds": holds}


@policy_app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="TOML.")],
    json_out: Json = False,
) -> None:
    """Read a policy's text and say what is wrong with it; store nothing."""
    found = _read(file)
    answer = {"name": found.name, "rules": list(found.rules)}
    _print(answer, json_out, f"{file.name}: {len(found.rules)} rules, no fault.")


@policy_app.command("use")
def use_command(
    scope: Annotated[str, typer.Option(help=_SCOPE)],
    reason: Annotated[str, typer.Option(help="Why; kept for good.")],
    preset_name: Preset = None,
    file: File = None,
    wider: Annotated[
        bool, typer.Option("--wider", help="End the scope's own rules: it follows the next wider one.")
    ] = False,
    json_out: Json = False,
) -> None:
    """Put a policy in force for a scope, from the next judgement on; lights of today show it at once."""
    if sum((preset_name is not None, file is not None, wider)) != 1:
        raise typer.BadParameter("give one of --preset, --file and --wider")
    settings, key = load_settings(), read_scope(scope)
    text = None if wider else _chosen(preset_name, file).text
    db, now = open_ready(settings), clock.now()
    by = operator(settings.administrator_email)
    refusal = put_in_force(db, Decision(by, PolicyScope(key[0]), key[1], text, reason, now))
    if refusal:
        raise Refused(words(settings.default_language)(refusal))
    with db.ro.connect() as connection:
        cities = cities_of(connection, key)
        row = newest(standings(connection), now)[key]
    days.bring_up_to_date(db, cities, now=now)
    answer = {"scope": key[0], "place": key[1], "version": row.policy, "from_at": now.isoformat()}
    _print(answer, json_out, f"In force for {scope}: {'version ' + str(row.policy) if row.policy else '-'}.")


def rehearse_command(
    policy: File = None,
    preset_name: Preset = None,
    scope: Annotated[str, typer.Option(help=f"For whom: {_SCOPE}.")] = "nation",
    months: Annotated[int, typer.Option(min=1, max=36, help="How far back.")] = 12,
    json_out: Json = False,
) -> None:
    """Try a policy on the past months as known then: alerts, mails, what was followed by trouble, what missed."""
    if policy is not None and preset_name is not None:
        raise typer.BadParameter("give --policy or --preset, not both")
    proposed = _chosen(preset_name, policy) if preset_name or policy else None
    db, key = open_ready(load_settings()), read_scope(scope)
    try:
        found = rehearsed(db, proposed, clock.local_day(clock.now()), months, key=key)
    except LookupError as error:
        raise Refused(f"No city lies in {error.args[0]}.") from None
    _print(found, json_out, rehearsal_lines(found))


def read_scope(text: str) -> Key:
    """ "city:210100" → scope and place. Raises typer.BadParameter."""
    kind, _, code = text.partition(":")
    if text == str(PolicyScope.NATION):
        return NATIONAL
    if kind not in list(PolicyScope) or not code or kind == PolicyScope.NATION:
        raise typer.BadParameter(f"a scope is {_SCOPE}")
    return kind, code


def _chosen(name: str | None, file: Path | None) -> Policy:
    try:
        return read_policy(preset(name)) if name is not None else _read(file)
    except PolicyError as error:
        raise Refused(str(error)) from None


def _read(path: Path) -> Policy:
    try:
        return read_policy(path.read_text(encoding="utf-8"))
    except (PolicyError, UnicodeDecodeError) as error:
        raise Refused(f"{path.name}: {error}") from None


def _print(found: dict[str, Any], as_json: bool, line: str) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, default=str) if as_json else line)
