"""The sections that list: worst projects with why, adjustments, alerts, who has not reported; and the annexes.

Lists are cut where they are shown (the limits below keep the PDF on two pages) and whole in the workbook.
"""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from alerts.bulletin.figures import count, money_unit, share, text
from alerts.bulletin.shape import Cell, Column, Section, Table
from alerts.bulletin.writer import CHANGE_SHAPES, REASON_WIDTH, Depth, Writer
from alerts.explain import typed
from alerts.judge import rank
from models.facts import KEY
from models.plan_words import field_label, written
from models.vocabulary import AdjustmentStatus, Change, Light, Severity, Transition

WORST, ADJUSTED, RULES, SILENT, OVERDUE = 12, 4, 7, 6, 4
_CHANGE_WIDTH = 88


def worst(writer: Writer) -> Section:
    """Everything that is not green, worst first, each with the arithmetic of its gravest rule."""
    t, material = writer.t, writer.material
    bad = material.now.filter(pl.col("light") != str(Light.GREEN))
    if bad.is_empty():
        return Section("", "", (t("Nothing speaks: every project is green."),))
    rows = bad.head(writer.most(WORST, bad.height))
    rows = rows.join(material.before, on=KEY, how="left", maintain_order="left")
    rows = rows.join(material.reasons, on=KEY, how="left", maintain_order="left")
    rows = rows.with_columns(step=rank("light") - rank("light_before"))
    cells = [_worst_row(writer, at, row) for at, row in enumerate(rows.iter_rows(named=True), start=1)]
    columns = [
        Column(t("No."), 1.3, True),
        Column(t("Light"), 2),
        Column(t("Against before"), 2.1 if t.language == "zh_CN" else 3.1),
        Column(t("Project"), 5.4),
        *([] if writer.of_city else [Column(t("City"), 2.2 if t.language == "zh_CN" else 2.8)]),
        Column(t("Progress, %"), 2.2, True),
        Column(t("Planned, %"), 2.2, True),
        Column(t("Main reason"), 10.4),
    ]
    said = t(
        "{n} projects are not green; the worst first, within a light the larger investment.", n=bad.height
    )
    return Section("", "", (said,), writer.listed(columns, cells, bad.height))


def _worst_row(writer: Writer, at: int, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    t = writer.t
    city = () if writer.of_city else (text(writer.name(row["city"])),)
    return (
        count(at, t),
        writer.light(row["light"]),
        text(_step(writer, row["step"])),
        writer.project(row["name"]),
        *city,
        share(row["physical_bp"], t),
        share(row["planned_bp"], t),
        text(writer.cut(_why(writer, row), REASON_WIDTH)),
    )


def _step(writer: Writer, step: float | None) -> str:
    if step is None:
        kind = Change.NEW
    else:
        kind = Change.WORSE if step > 0 else Change.BETTER if step < 0 else Change.SAME
    return f"{CHANGE_SHAPES[kind]} {writer.t.label(kind)}"


def _why(writer: Writer, row: Mapping[str, Any]) -> str:
    """The rule and its arithmetic in one line."""
    t = writer.t
    policy = writer.material.policies.of(row["city"], writer.material.asked.programme)
    if row["rule"] is None or row["light"] not in (Light.RED, Light.YELLOW):
        if row["light"] == Light.MISSING:
            return t("never reported")
        return t("the report due as of {day} is not there", day=t.day(row["due_as_of"]))
    inputs = typed(json.loads(row["inputs"])) | {"currency": row["currency"]}
    worked = writer.formula(row["city"], row["rule"]).worked(inputs, row["measured"], t)
    said = f"{t(policy.rules[row['rule']].title)}{t.pick('：', ': ')}{worked}"
    return said + (t(" (further rules: {n})", n=row["others"]) if row["others"] else "")


def adjustments(writer: Writer) -> Section:
    """What was registered or decided since the bulletin before."""
    t, found = writer.t, writer.material.adjustments
    if found.is_empty():
        return Section("", "", (t("No adjustment was registered or decided since the bulletin before."),))
    counts = {status: (found["status"] == str(status)).sum() for status in AdjustmentStatus}
    said = t(
        "Since the bulletin before {all} adjustments moved: {approved} approved, {rejected} rejected, {pending} registered and not yet decided.",
        all=found.height,
        **{str(status): n for status, n in counts.items()},
    )
    names = writer.material.now.select(*KEY, "name")
    rows = found.head(writer.most(ADJUSTED, found.height)).join(
        names, on=KEY, how="left", maintain_order="left"
    )
    columns = [
        Column(t("Project"), 5),
        *([] if writer.of_city else [Column(t("City"), 2.2)]),
        Column(t("Status"), 2),
        Column(t("Ground"), 3.4),
        Column(t("Document"), 3),
        Column(t("Before → after"), 7),
    ]
    cells = [_adjustment(writer, row) for row in rows.iter_rows(named=True)]
    return Section("", "", (said,), writer.listed(columns, cells, found.height))


def _adjustment(writer: Writer, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    t, currency = writer.t, writer.material.programme.currency
    told = [
        f"{field_label(field, t)} {written(field, old, t, currency)} → {written(field, new, t, currency)}"
        for field, old, new in zip(row["field"] or (), row["old"] or (), row["new"] or (), strict=True)
    ]
    city = () if writer.of_city else (text(writer.name(row["city"])),)
    ground = t.label(row["ground"])
    return (
        writer.project(row["name"] or row["project"]),
        *city,
        text(t.label(row["status"])),
        text(writer.cut(ground, 46)),
        text(writer.cut(row["document_no"] or "—", 30)),
        text(writer.cut(t.pick("；", "; ").join(told) or "—", _CHANGE_WIDTH)),
    )


_STEPS = (Transition.OPENED, Transition.WORSENED, Transition.EASED, Transition.RESOLVED)


def alerts(writer: Writer) -> Section:
    """What opened, worsened, eased and ended since the bulletin before, and what stands, by rule."""
    t, policy = writer.t, writer.material.policy
    moved, standing = _moved(writer), _standing(writer)
    counts = {step: (moved["transition"] == str(step)).sum() for step in _STEPS}
    said = t(
        "Since the bulletin before {opened} alerts opened ({red} of them red), {worsened} worsened, {eased} eased, {resolved} were resolved. {standing} stand now, {standing_red} of them red.",
        red=_reds(moved.filter(pl.col("transition") == str(Transition.OPENED)), "after"),
        standing=standing.height,
        standing_red=_reds(standing, "after"),
        **{str(step): n for step, n in counts.items()},
    )
    rules = _by_rule(moved, standing)
    columns = [
        Column(t("Rule"), 7),
        *(Column(t.label(step), 2, True) for step in _STEPS),
        Column(t("Standing"), 2, True),
        Column(t("Of them red"), 2, True),
    ]
    cells = [
        (
            text(t(policy.rules[rule].title) if rule in policy.rules else rule),
            *(count(n, t) for n in numbers),
        )
        for rule, *numbers in rules.head(writer.most(RULES, rules.height)).iter_rows()
    ]
    return Section("", "", (said,), writer.listed(columns, cells, rules.height))


def _moved(writer: Writer) -> pl.DataFrame:
    """The moves since the bulletin before."""
    return writer.material.moves.filter(pl.col("event_at") > writer.material.asked.known_before)


def _standing(writer: Writer) -> pl.DataFrame:
    """The newest move of each alert that has not ended."""
    newest = writer.material.moves.sort("seq").unique(["city", "alert"], keep="last", maintain_order=True)
    return newest.filter(pl.col("transition") != str(Transition.RESOLVED))


def _reds(frame: pl.DataFrame, column: str) -> int:
    return int((frame[column] == str(Severity.RED)).sum())


def _by_rule(moved: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """rule, one count a step, standing, red; what moved most and stands reddest first."""
    happened = moved.group_by("rule").agg(
        *((pl.col("transition") == str(step)).sum().cast(pl.Int64).alias(str(step)) for step in _STEPS)
    )
    there = standing.group_by("rule").agg(
        standing=pl.len().cast(pl.Int64), red=(pl.col("after") == str(Severity.RED)).sum().cast(pl.Int64)
    )
    joined = happened.join(there, on="rule", how="full", coalesce=True)
    numbers = [*map(str, _STEPS), "standing", "red"]
    return (
        joined.select("rule", *(pl.col(name).fill_null(0) for name in numbers))
        .with_columns(fresh=pl.col(str(Transition.OPENED)) + pl.col(str(Transition.WORSENED)))
        .sort("red", "fresh", "standing", "rule", descending=[True, True, True, False])
        .drop("fresh")
    )


def reporting(writer: Writer) -> Section:
    """Who owes a report: cities, or the projects of a city's own bulletin."""
    t, now = writer.t, writer.material.now
    owing = now.filter(pl.col("late").fill_null(False))
    if owing.is_empty():
        return Section("", "", (t("Every report that is due is there."),))
    counts = {"n": owing.height, "never": owing["as_of"].null_count()}
    if writer.of_city:
        said = t("{n} projects owe a report that is due; {never} of them never reported.", **counts)
    else:
        said = t(
            "{n} projects in {cities} cities owe a report that is due; {never} of them never reported.",
            cities=owing["city"].n_unique(),
            **counts,
        )
    return Section(
        "", "", (said,), _owing_projects(writer, owing) if writer.of_city else _owing_cities(writer, owing)
    )


def _owing_cities(writer: Writer, owing: pl.DataFrame) -> Table | None:
    t = writer.t
    whole = writer.material.now.group_by("city").agg(
        projects=pl.len().cast(pl.Int64), newest=pl.col("as_of").max()
    )
    found = (
        owing.group_by("city")
        .agg(
            owing=pl.len().cast(pl.Int64),
            never=pl.col("as_of").is_null().sum().cast(pl.Int64),
            due=pl.col("due_as_of").max(),
        )
        .join(whole, on="city")
        .sort("owing", "never", "city", descending=[True, True, False])
    )
    columns = [
        Column(t("City"), 4),
        Column(t("Projects"), 2, True),
        Column(t("Owing a report"), 2.4, True),
        Column(t("Of these never reported"), 2.6, True),
        Column(t("Report due as of"), 3),
        Column(t("Newest figure as of"), 3),
    ]
    cells = [
        (
            text(writer.name(row["city"])),
            *(count(row[name], t) for name in ("projects", "owing", "never")),
            text(t.day(row["due"])),
            text(t.day(row["newest"])),
        )
        for row in found.head(writer.most(SILENT, found.height)).iter_rows(named=True)
    ]
    return writer.listed(columns, cells, found.height)


def _owing_projects(writer: Writer, owing: pl.DataFrame) -> Table | None:
    t = writer.t
    found = owing.sort("as_of", *KEY, nulls_last=False)
    columns = [
        Column(t("Project"), 7),
        Column(t("Report due as of"), 3),
        Column(t("Newest report as of"), 3),
        Column(t("Reporting periods owed"), 2.6, True),
    ]
    cells = [
        (
            writer.project(row["name"]),
            text(t.day(row["due_as_of"])),
            text(t.day(row["as_of"])),
            count(row["late_periods"] or 0, t),
        )
        for row in found.head(writer.most(SILENT, found.height)).iter_rows(named=True)
    ]
    return writer.listed(columns, cells, found.height)


def overdue(writer: Writer) -> Section:
    """What desks owe on dispatch orders and have not done in time."""
    t, found = writer.t, writer.material.overdue
    if found.is_empty():
        return Section("", "", (t("No answer to a dispatch order is overdue."),))
    said = t("{n} answers to dispatch orders are overdue, the longest first.", n=found.height)
    columns = [
        Column(t("Order"), 3.4),
        *([] if writer.of_city else [Column(t("City"), 2.4)]),
        Column(t("Project"), 6),
        Column(t("What is owed"), 3),
        Column(t("Was due on"), 2.6),
        Column(t("Working days late"), 2.4, True),
        Column(t("Reached by silence"), 2.6),
    ]
    cells = [
        (
            text(row["number"]),
            *(() if writer.of_city else (text(writer.name(row["city"])),)),
            writer.project(row["name"]) if row["name"] else text(t("the city itself")),
            text(t.label(row["duty"])),
            text(t.day(row["due_on"])),
            count(row["late"], t),
            text(t.label(row["escalated"]) if row["escalated"] else "—"),
        )
        for row in found.head(writer.most(OVERDUE, found.height)).iter_rows(named=True)
    ]
    return Section("", "", (said,), writer.listed(columns, cells, found.height))


def annexes(writer: Writer) -> tuple[Section, ...]:
    """What only the workbook holds: every project, and every move of an alert since the bulletin before."""
    assert writer.depth == Depth.WHOLE
    t = writer.t
    parts = ((t("Annex, all projects"), _projects(writer)), (t("Annex, alert events"), _events(writer)))
    return tuple(Section(title, title[:31], (), table) for title, table in parts if table is not None)


def _projects(writer: Writer) -> Table | None:
    t = writer.t
    unit = money_unit(t, writer.material.programme.currency, wide=False)
    amounts = ("total_investment", "invested", "reward", "issued", "transferred", "paid", "spent")
    columns = [
        Column(t("Code")),
        Column(t("Project"), 5),
        Column(t("Project unit"), 5),
        Column(t("City")),
        Column(t("Kind")),
        Column(t("Light")),
        Column(t("Light on the first plan")),
        Column(t("As of")),
        Column(t("Progress, %"), 2, True),
        Column(t("Planned, %"), 2, True),
        Column(t("Time elapsed, %"), 2, True),
        Column(t("Total investment"), 2, True),
        Column(t("Investment completed to date"), 2, True),
        Column(t("Award"), 2, True),
        *(Column(t.label(name), 2, True) for name in amounts[3:]),
    ]
    cells = [
        (
            *(text(row[name]) for name in ("project", "name", "unit_name")),
            text(writer.name(row["city"])),
            text(t.label(row["kind"])),
            writer.light(row["light"]),
            writer.light(row["light_v1"]),
            text(t.day(row["as_of"])),
            *(share(row[name], t, 2) for name in ("physical_bp", "planned_bp", "elapsed_bp")),
            *(unit.exact(row[name], t) for name in amounts),
        )
        for row in writer.material.now.iter_rows(named=True)
    ]
    return writer.listed(columns, cells, len(cells), t("Unit: {unit}", unit=unit.name))


def _events(writer: Writer) -> Table | None:
    t, policy = writer.t, writer.material.policy
    names = writer.material.now.select(*KEY, "name")
    rows = _moved(writer).join(names, on=KEY, how="left", maintain_order="left")
    columns = [
        Column(t("Day")),
        Column(t("Change")),
        Column(t("From")),
        Column(t("To")),
        Column(t("City")),
        Column(t("Code")),
        Column(t("Project"), 5),
        Column(t("Rule"), 4),
    ]
    cells = [
        (
            text(t.day(row["event_on"])),
            text(t.label(row["transition"])),
            text(t.label(row["before"])),
            text(t.label(row["after"])),
            text(writer.name(row["city"])),
            text(row["project"]),
            text(row["name"]),
            text(t(policy.rules[row["rule"]].title) if row["rule"] in policy.rules else row["rule"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    return writer.listed(columns, cells, len(cells))
