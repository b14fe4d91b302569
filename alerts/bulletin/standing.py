"""The sections that add up: how point, line and surface stand, progress, money, and what the figures mean."""

from collections.abc import Callable

import polars as pl

from alerts.bulletin.figures import Group, change, count, group, points, share, text
from alerts.bulletin.shape import Cell, Column, Section, Table
from alerts.bulletin.writer import SHAPES, Writer
from alerts.judge import rank
from models.clock import CHINA
from models.facts import KEY
from models.vocabulary import Freshness, Kind, Light


def lights(writer: Writer) -> Section:
    """Lights by kind, with the change of those projects that were in the bulletin before too."""
    t, now = writer.t, writer.material.now
    both = _cohort(writer)
    columns = [Column(t("Kind"), 2.4), Column(t("Projects"), 1.8, True)]
    for light in Light:
        columns += [Column(f"{SHAPES[light]} {t.label(light)}", 1.9, True), Column(t("change"), 1.4, True)]

    def row(kind: Kind | None) -> tuple[Cell, ...]:
        here, same = _of(now, kind), _of(both, kind)
        cells = [text(t.label(kind) if kind else t("In all")), count(here.height, t)]
        for light in Light:
            was = (same["light_before"] == str(light)).sum()
            cells += [
                count((here["light"] == str(light)).sum(), t),
                change(int((same["light"] == str(light)).sum()) - int(was), t),
            ]
        return tuple(cells)

    return Section("", "", _standing(writer, both), _by_kind(columns, row))


def _standing(writer: Writer, both: pl.DataFrame) -> tuple[str, ...]:
    t, material = writer.t, writer.material
    now, asked = material.now, material.asked
    counts = [f"{t.label(light)} {t.number((now['light'] == str(light)).sum(), 0)}" for light in Light]
    told = {"place": writer.place, "on": t.day(asked.on), "n": t.number(now.height, 0)}
    told["lights"] = t.pick("、", ", ").join(counts)
    cities = now["city"].n_unique()
    if cities > 1:
        said = t("{place} on {on}: {n} key projects in {cities} cities: {lights}.", cities=cities, **told)
    else:
        said = t("{place} on {on}: {n} key projects: {lights}.", **told)
    difference = (both.select(rank("light") - rank("light_before")).to_series()).to_list()
    joined, left = now.height - both.height, material.before.height - both.height
    compared = t(
        "Against the bulletin before ({before}, as known at {known}), over the same {n} projects: {worse} became worse, {better} better, {same} did not change. {joined} joined and {left} left since; they are not in the changes of the table.",
        before=t.day(asked.before),
        known=f"{asked.known_before.astimezone(CHINA):%Y-%m-%d %H:%M}",
        n=t.number(both.height, 0),
        worse=sum(step > 0 for step in difference),
        better=sum(step < 0 for step in difference),
        same=sum(step == 0 for step in difference),
        joined=joined,
        left=left,
    )
    sentences = [said, compared]
    if material.rules_changed:
        sentences.append(
            t("The thresholds changed between the two bulletins; the changes include what comes of that.")
        )
    hidden = now.filter((pl.col("light") == str(Light.GREEN)) & (pl.col("light_v1") == str(Light.RED)))
    if hidden.height:
        sentences.append(
            t("Green against the plan in force, red against the first approved plan: {n}.", n=hidden.height)
        )
    return tuple(sentences)


def progress(writer: Writer) -> Section:
    """Reported against planned progress and against time, as plain means."""
    t, now = writer.t, writer.material.now
    whole = group(now)
    columns = [
        Column(t("Kind"), 2.2),
        Column(t("Projects"), 2, True),
        Column(t("With figures"), 2, True),
        Column(t("Progress, %"), 2, True),
        Column(t("Planned, %"), 2, True),
        Column(t("Difference, points"), 2.4, True),
        Column(t("Time elapsed, %"), 2.2, True),
    ]

    def row(kind: Kind | None) -> tuple[Cell, ...]:
        found = group(_of(now, kind))
        actual, planned = share(found.physical, t), share(found.planned, t)
        return (
            text(t.label(kind) if kind else t("In all")),
            count(found.projects, t),
            count(found.measured, t),
            actual,
            planned,
            points(actual, planned, t),
            share(found.elapsed, t),
        )

    if whole.physical is None:
        return Section(
            "", "", (t("Physical progress: nobody has reported any yet."),), _by_kind(columns, row)
        )
    actual, planned = share(whole.physical, t), share(whole.planned, t)
    said = t(
        "Mean physical progress is {actual}% against {planned}% planned to the day of each report, a difference of {points} points; {elapsed}% of the time has elapsed. Plain means over the {measured} of {projects} projects with a figure; the time is each project's own, from planned start to planned end.",
        actual=actual.text,
        planned=planned.text,
        points=points(actual, planned, t).text,
        elapsed=share(whole.elapsed, t).text,
        measured=t.number(whole.measured, 0),
        projects=t.number(whole.projects, 0),
    )
    return Section("", "", (said,), _by_kind(columns, row))


def execution(writer: Writer) -> Section:
    """Money by stage, with two rates that are never merged: spent ÷ issued, and spent ÷ award."""
    t, now, unit = writer.t, writer.material.now, writer.unit
    columns = [
        Column(t("Kind"), 2),
        Column(t("Award"), 2.2, True),
        *(Column(t.label(name), 2.2, True) for name in ("issued", "transferred", "paid", "spent")),
        Column(t("Spent ÷ issued, %"), 2, True),
        Column(t("By plan ÷ issued, %"), 2, True),
        Column(t("Spent ÷ award, %"), 2, True),
        Column(t("Time elapsed, %"), 2, True),
    ]

    def row(kind: Kind | None) -> tuple[Cell, ...]:
        found = group(_of(now, kind))
        amounts = (
            unit.cell(found.money[name], t) for name in ("reward", "issued", "transferred", "paid", "spent")
        )
        rates = (("spent", "issued"), ("planned_spending", "issued"), ("spent", "reward"))
        return (
            text(t.label(kind) if kind else t("In all")),
            *amounts,
            *(share(found.part(*rate), t) for rate in rates),
            share(found.elapsed, t),
        )

    unit_line = t("Unit: {unit}", unit=unit.name)
    return Section("", "", (_spent(writer, group(now)),), _by_kind(columns, row, unit_line))


def _spent(writer: Writer, whole: Group) -> str:
    t, unit = writer.t, writer.unit
    if not whole.money["issued"]:
        return t("Budget execution: no money was reported as issued.")
    return t(
        "Spent {spent}: {of_issued}% of the {issued} issued to date (by plan {by_plan}%), and {of_award}% of the {award} awarded; the award is a ceiling, not money issued. {elapsed}% of the time has elapsed. {told} of {projects} projects told what they spent.",
        spent=unit.said(whole.money["spent"], t),
        of_issued=share(whole.part("spent", "issued"), t).text,
        issued=unit.said(whole.money["issued"], t),
        by_plan=share(whole.part("planned_spending", "issued"), t).text,
        of_award=share(whole.part("spent", "reward"), t).text,
        award=unit.said(whole.money["reward"], t),
        elapsed=share(whole.elapsed, t).text,
        told=t.number(whole.told, 0),
        projects=t.number(whole.projects, 0),
    )


def method(writer: Writer) -> Section:
    """How fresh the figures are, and how they are made."""
    t, now = writer.t, writer.material.now
    counts = dict(now.group_by("freshness").agg(pl.len()).iter_rows())
    fresh = t(
        "Newest figure as of {newest}, oldest as of {oldest}. Up to date: {fresh}; overdue: {stale}; never reported: {missing}; of {projects} projects.",
        newest=t.day(now["as_of"].max()),
        oldest=t.day(now["as_of"].min()),
        fresh=t.number(counts.get(str(Freshness.FRESH), 0), 0),
        stale=t.number(counts.get(str(Freshness.STALE), 0), 0),
        missing=t.number(counts.get(str(Freshness.MISSING), 0), 0),
        projects=t.number(now.height, 0),
    )
    how = t(
        "Progress and spending are compared with the plan at each report's own day. Planned spending is the plan's curve, or money issued × time elapsed where it has none. Missing, overdue, zero and red are four different things; an amount nobody reported counts as 0 in sums. Figures are rounded, so parts may differ from their sum in the last digit."
    )
    again = t(
        "This bulletin follows from its day and the instant it was known at; asked for again it is the same, whatever is corrected later."
    )
    return Section("", "", (fresh, how, again))


def key_figures(writer: Writer) -> tuple[tuple[str, str], ...]:
    """What a mail says of the bulletin: label and text."""
    t, now = writer.t, writer.material.now
    whole, money = group(now), writer.unit
    shown = (f"{SHAPES[light]} {t.label(light)} {(now['light'] == str(light)).sum()}" for light in Light)
    found = [(t("Projects"), t.number(now.height, 0)), (t("Lights"), t.pick("　", "   ").join(shown))]
    if whole.physical is not None:
        actual, planned = share(whole.physical, t), share(whole.planned, t)
        found.append((t("Progress / planned"), f"{actual.text}% / {planned.text}%"))
    if whole.money["issued"]:
        spent, issued = money.said(whole.money["spent"], t), money.said(whole.money["issued"], t)
        rate = share(whole.part("spent", "issued"), t)
        said = f"{spent} ÷ {issued} = {rate.text}%"
        found.append((t("Spent ÷ issued"), said))
    owing = int(now["late"].sum())
    found.append((t("Projects whose report is overdue"), t.number(owing, 0)))
    return tuple(found)


def _cohort(writer: Writer) -> pl.DataFrame:
    """Projects that were in the bulletin before as well, with both lights."""
    now = writer.material.now.select(*KEY, "kind", "light")
    return now.join(writer.material.before, on=KEY, how="inner").sort(KEY)


def _of(frame: pl.DataFrame, kind: Kind | None) -> pl.DataFrame:
    return frame if kind is None else frame.filter(pl.col("kind") == str(kind))


def _by_kind(columns: list[Column], row: Callable[[Kind | None], tuple[Cell, ...]], unit: str = "") -> Table:
    """A row each for point, line and surface, and their sum."""
    return Table(tuple(columns), tuple(row(kind) for kind in (*Kind, None)), unit, total=True)
