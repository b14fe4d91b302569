"""``manage.py orders``: dispatch orders with where they stand, the longest overdue first. Changes nothing."""

import json
from datetime import date
from typing import Annotated, Any

import typer

from alerts.order_clock import owed
from alerts.order_rights import stand_of
from alerts.order_terms import carried_terms
from models import clock
from models.access import operator
from models.queries import orders
from models.queries.orders import OrderRow, OrdersWanted
from models.words import Words, words
from operation.opening import open_ready
from settings import load_settings

_EVERYTHING = operator("command")


def orders_command(
    closed: Annotated[bool, typer.Option(help="Closed orders too.")] = False,
    json_out: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
) -> None:
    """The open dispatch orders, the longest overdue first."""
    settings = load_settings()
    t, today = words(settings.default_language), clock.local_day(clock.now())
    wanted = OrdersWanted(closed=None if closed else False)
    found = orders.listed(open_ready(settings), _EVERYTHING, wanted)
    rows = sorted((_told(order, today) for order in found), key=lambda row: (-row["late"], row["number"]))
    if json_out:
        typer.echo(json.dumps({"orders": rows}, ensure_ascii=False))
        return
    typer.echo("\n".join(_line(row, t) for row in rows) or t("No dispatch order"))


def _told(order: OrderRow, today: date) -> dict[str, Any]:
    """An order for programs; ``left`` and ``late`` in working days."""
    stand = stand_of(order)
    due = owed(stand, carried_terms(), today)
    plain = ("number", "city", "project", "rule", "alert", "to_level", "by_level", "issued_by", "cause")
    return {
        **{name: getattr(order, name) for name in plain},
        "id": order.id,
        "issued_on": order.events[0].happened_on.isoformat(),
        "state": str(stand.state),
        "owes": str(due.duty) if due else None,
        "due_on": due.due_on.isoformat() if due else None,
        "left": due.left if due else None,
        "late": due.late if due else 0,
        "answer_by": stand.answer_by.isoformat(),
        "rectify_by": stand.rectify_by.isoformat(),
        "escalated": stand.escalated,
        "relapses": stand.relapses,
        "closed_on": stand.closed_on.isoformat() if stand.closed_on else None,
    }


def _line(row: dict[str, Any], t: Words) -> str:
    due = f"{t.label(row['owes'])} {row['due_on']} ({row['left'] - row['late']:+d})" if row["owes"] else ""
    return f"{row['number']} {row['city']} {row['project'] or '-'} {t.label(row['state'])} {due}".rstrip()
