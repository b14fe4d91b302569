"""Random histories against a reference model kept small: the lifecycle, and who is told.

The store is a few dicts; ``settle`` and ``route`` are the real ones. Claims: the transitions are the model's;
no alert is open twice; missing figures and unlooked days end nothing; a day judged again changes nothing;
nobody is told of nothing, nothing that stands is kept from anybody, and no end is told that had no beginning.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.conduct import Conduct, Flap
from alerts.edges import Edge
from alerts.lifecycle import ALERTS, EDGES, MAX_GAP_DAYS, WAITING, Before, Settled, settle
from alerts.routing import EVENTS, TOLD, Recipient, route
from models.vocabulary import Role
from tests.alerts.test_conduct import LOOKS

START = date(2026, 3, 2)
LAG = Conduct(
    pending=2,
    clear_yellow=Edge("below", 8, True),
    clear_red=Edge("below", 28, True),
    inhibited_by=("stalled",),
    flap=Flap(4, 14),
)
RULES = {"stalled": Conduct(repeat_days=2), "lag": LAG}
EDGES_OF = {"stalled": (60, 90), "lag": (10, 30)}
PEOPLE = [
    Recipient("c@x.cn", Role.CITY, "C", "en"),
    Recipient("p@x.cn", Role.PROVINCE, "P", "en"),
    Recipient("m@x.cn", Role.MINISTRY, "N", "en"),
]
GONE, UNLOOKED = "gone", "unlooked"


def severity(rule: str, value: float | None) -> str | None:
    yellow, red = EDGES_OF[rule]
    return None if value is None or value < yellow else "yellow" if value < red else "red"


# --- the reference model: one project, one day after another ----------------------------------------------------


@dataclass
class Model:
    """What a project's two alerts do, said as plainly as possible."""

    open: dict[str, str] = field(default_factory=dict)
    waited: dict[str, tuple[date, int]] = field(default_factory=dict)
    changes: dict[str, list[date]] = field(default_factory=lambda: {"stalled": [], "lag": []})
    held: set[str] = field(default_factory=set)

    def day(self, on: date, seen: dict[str, Any]) -> dict[str, str]:
        return {rule: step for rule in ("stalled", "lag") if (step := self._one(rule, on, seen[rule]))}

    def _one(self, rule: str, on: date, value: Any) -> str | None:
        if value is None or value == UNLOOKED:
            return None
        level = None if value == GONE else severity(rule, value)
        if rule in self.open:
            return self._stands(rule, on, value, level)
        if level is None:
            self.waited.pop(rule, None)
            return None
        last, days = self.waited.get(rule, (on, 1))
        days = 1 if (on - last).days > MAX_GAP_DAYS else days + (on > last)
        if days < RULES[rule].pending or self._inhibited(rule, level):
            self.waited[rule] = (on, days)
            return None
        self.waited.pop(rule, None)
        self.open[rule] = level
        self.changes[rule].append(on)
        return "opened"

    def _inhibited(self, rule: str, level: str) -> bool:
        by = self.open.get("stalled") if rule == "lag" else None
        return by is not None and not (by == "yellow" and level == "red")

    def _stands(self, rule: str, on: date, value: Any, level: str | None) -> str | None:
        before = self.open[rule]
        if rule == "lag" and value != GONE:
            if before == "red" and value > 28:
                level = "red"
            elif level is None and value > 8:
                level = "yellow"
        if level is None:
            lately = [day for day in self.changes[rule] if (on - day).days < 14]
            if rule == "lag" and value != GONE and len(lately) + 1 >= 4:
                first = rule not in self.held
                self.held.add(rule)
                return "held" if first else None
            del self.open[rule]
            self.held.discard(rule)
            self.changes[rule].append(on)
            return "resolved"
        self.open[rule] = level
        return None if level == before else "worsened" if level == "red" else "eased"


# --- the store: what the tables hold, as dicts --------------------------------------------------------------------


@dataclass
class Store:
    alerts: dict[str, dict] = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)
    waiting: dict[tuple, dict] = field(default_factory=dict)
    told: list[tuple] = field(default_factory=list)
    silenced: set[str] = field(default_factory=set)

    def before(self) -> Before:
        rows = [
            (
                "C",
                a["id"],
                a["project"],
                a["rule"],
                a["severity"],
                self.seq(a["id"]),
                a["opened_on"],
                a["held"],
            )
            for a in self.alerts.values()
            if not a["closed"]
        ]
        edges = [
            ("C", e["project"], e["rule"], e["event_on"])
            for e in self.events
            if e["transition"] in ("opened", "resolved")
        ]
        return Before(
            pl.DataFrame(rows, schema=ALERTS, orient="row"),
            waiting=pl.DataFrame(list(self.waiting.values()), schema=WAITING),
            edges=pl.DataFrame(edges, schema=EDGES, orient="row"),
        )

    def seq(self, alert: str) -> int:
        return max((e["seq"] for e in self.events if e["alert"] == alert), default=0)

    def keep(self, settled: Settled, on: date) -> dict[str, dict[str, str]]:
        """Store what a day changed; gives project → rule → transition."""
        for row in settled.over.to_dicts():
            del self.waiting[row["project"], row["rule"]]
        for row in settled.waiting.to_dicts():
            self.waiting[row["project"], row["rule"]] = row
        steps: dict[str, dict[str, str]] = {}
        for row in settled.moved.to_dicts():
            steps.setdefault(row["project"], {})[row["rule"]] = row["transition"]
            self._move(row, on)
        return steps

    def _move(self, row: dict, on: date) -> None:
        identity = row["alert"] or f"a{len(self.alerts)}"
        if row["transition"] == "opened":
            twin = [
                a for a in self.alerts.values() if (a["project"], a["rule"]) == (row["project"], row["rule"])
            ]
            assert all(a["closed"] for a in twin), "open twice"
            new = dict(
                id=identity, project=row["project"], rule=row["rule"], opened_on=on, held=False, closed=False
            )
            self.alerts[identity] = new
        alert = self.alerts[identity]
        assert row["seq"] == self.seq(identity) + 1 and not alert["closed"]
        alert["severity"] = row["after"] or row["before"]
        alert["held"] |= row["transition"] == "held"
        alert["closed"] = row["transition"] == "resolved"
        self.event(alert, row["transition"], row["before"], row["after"], on)

    def event(self, alert: dict, kind: str, before: str | None, after: str | None, on: date) -> None:
        row = dict(
            alert=alert["id"], seq=self.seq(alert["id"]) + 1, transition=kind, before=before, after=after
        )
        self.events.append(row | dict(project=alert["project"], rule=alert["rule"], event_on=on))

    def acknowledge(self, on: date) -> None:
        for alert in self.alerts.values():
            if not alert["closed"] and not self.acknowledged(alert["id"]):
                self.event(alert, "acknowledged", alert["severity"], alert["severity"], on)

    def acknowledged(self, alert: str) -> bool:
        kinds = [e["transition"] for e in self.events if e["alert"] == alert]
        said = [kind for kind in kinds if kind in ("opened", "worsened", "acknowledged")]
        return bool(said) and said[-1] == "acknowledged"

    def frame(self) -> pl.DataFrame:
        rows = []
        for event in self.events:
            alert = self.alerts[event["alert"]]
            more = dict(city="C", province="P", total_investment=1, severity=alert["severity"])
            more |= dict(closed=alert["closed"], acknowledged=self.acknowledged(alert["id"]))
            more |= dict(
                silenced=alert["rule"] in self.silenced, repeat_days=RULES[alert["rule"]].repeat_days
            )
            at = datetime.combine(event["event_on"], time(1), UTC)
            rows.append({name: (event | more | {"event_at": at}).get(name) for name in EVENTS})
        return pl.DataFrame(rows, schema=EVENTS)

    def digest(self, on: date) -> dict[str, list[dict]]:
        """Send everybody their digest; gives its lines."""
        known: dict[tuple, tuple] = {}
        for email, alert, seq, day in self.told:
            old = known.get((email, alert), (0, day))
            known[email, alert] = (max(seq, old[0]), max(day, old[1]))
        rows = [(*key, *value) for key, value in known.items()]
        told = pl.DataFrame(rows, schema=TOLD, orient="row")
        posts = route(self.frame(), told, PEOPLE, today=on)
        found = {post.recipient.email: post.lines.to_dicts() for post in posts}
        for email, lines in found.items():
            self.told += [(email, line["alert"], line["seq"], on) for line in lines]
        return found


# --- the histories ------------------------------------------------------------------------------------------------

STALLED = st.sampled_from([0, 0, 60, 89, 90, None, GONE, UNLOOKED])
LAGS = st.sampled_from([5, 5, 8, 9, 10, 15, 28, 29, 31, 40, None, GONE, UNLOOKED])
SEEN = st.fixed_dictionaries({"stalled": STALLED, "lag": LAGS})


def days(seen: Any, gap: Any) -> Any:
    return st.fixed_dictionaries(
        {
            "gap": gap,
            "seen": st.fixed_dictionaries({"P1": seen, "P2": seen}),
            "acknowledge": st.sampled_from([False, False, False, True]),
            "silenced": st.sampled_from([set(), set(), set(), {"lag"}, {"stalled"}]),
            "digest": st.booleans(),
        }
    )


ANY = days(SEEN, st.sampled_from([1, 1, 1, 1, 2, 3, 7, 8, 15]))
RESTLESS = st.fixed_dictionaries(
    {"stalled": st.sampled_from([0, 0, 0, 90]), "lag": st.sampled_from([40, 40, 5, 5, 9])}
)
FLAPPING = days(RESTLESS, st.sampled_from([1, 1, 1, 2]))
HISTORY = st.lists(ANY, min_size=1, max_size=25) | st.lists(FLAPPING, min_size=12, max_size=30)


def looks_of(seen: dict[str, dict[str, Any]], before: Before) -> pl.DataFrame:
    """What ``judge(…, also=before.pairs)`` gives for these figures."""
    pairs, rows = set(before.pairs.select("project", "rule").rows()), []
    for project, of in seen.items():
        for rule, value in of.items():
            figure = None if value in (GONE, UNLOOKED, None) else float(value)
            level = severity(rule, figure)
            if value != UNLOOKED and (level or (project, rule) in pairs):
                rows.append(("C", project, rule, level, figure, value is not None, value != GONE, "{}"))
    return pl.DataFrame(rows, schema=LOOKS, orient="row")


@settings(max_examples=50, deadline=None)
@given(HISTORY)
def test_a_random_history_is_the_models_and_can_be_judged_again(history: list[dict]) -> None:
    store, models, on = Store(), {"P1": Model(), "P2": Model()}, START
    for day in history:
        on += timedelta(days=day["gap"])
        before = store.before()
        looks = looks_of(day["seen"], before)
        steps = store.keep(settle(looks, before, on=on, rules=RULES), on)
        expected = {project: model.day(on, day["seen"][project]) for project, model in models.items()}
        assert steps == {project: found for project, found in expected.items() if found}
        for row in (row for row in store.events if row["event_on"] == on and row["transition"] == "resolved"):
            assert day["seen"][row["project"]][row["rule"]] not in (None, UNLOOKED), (
                "ended on missing figures"
            )
        again = store.before()
        repeated = settle(looks_of(day["seen"], again), again, on=on, rules=RULES)
        waiting = dict(store.waiting)
        assert store.keep(repeated, on) == {}, "judged again, something moved"
        assert store.waiting == waiting, "judged again, something waits otherwise"
        standing = {
            (a["project"], a["rule"]): a["severity"] for a in store.alerts.values() if not a["closed"]
        }
        assert standing == {
            (p, rule): level for p, model in models.items() for rule, level in model.open.items()
        }


@settings(max_examples=30, deadline=None)
@given(HISTORY)
def test_nothing_that_stands_is_kept_from_anybody_and_nobody_is_told_of_nothing(history: list[dict]) -> None:
    store, on = Store(), START
    for day in history:
        on += timedelta(days=day["gap"])
        before = store.before()
        store.keep(settle(looks_of(day["seen"], before), before, on=on, rules=RULES), on)
        if day["acknowledge"]:
            store.acknowledge(on)
        store.silenced = day["silenced"]
        if not day["digest"]:
            continue
        earlier = {(email, alert) for email, alert, *_ in store.told}
        for email, lines in store.digest(on).items():
            assert len({line["alert"] for line in lines}) == len(lines), "an alert twice in a mail"
            for line in lines:
                assert line["rule"] not in store.silenced
                assert line["section"] != "resolved" or (email, line["alert"]) in earlier
                assert line["section"] not in ("new", "again") or not line["acknowledged"]
        _everybody_knows(store)
        assert not store.digest(on), "the same digest twice"


def _everybody_knows(store: Store) -> None:
    """City and province were told of everything that stands, the ministry of every red."""
    knows = {(email, alert) for email, alert, *_ in store.told}
    for alert in store.alerts.values():
        if alert["closed"] or alert["rule"] in store.silenced:
            continue
        kinds = [e["transition"] for e in store.events if e["alert"] == alert["id"]]
        assert ("c@x.cn", alert["id"]) in knows and ("p@x.cn", alert["id"]) in knows
        if alert["severity"] == "red" and "held" not in kinds:
            assert ("m@x.cn", alert["id"]) in knows
