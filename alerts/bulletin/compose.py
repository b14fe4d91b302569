"""Frames → the bulletin, in one language. Pure: no database, no clock; all texts through the catalogues.

The order of the sections is the order of this module's list. A new section is a function ``Writer → Section``
in ``standing.py`` or ``lists.py`` and a line here; page, document, PDF and workbook follow by themselves.
"""

from collections.abc import Callable, Sequence

from alerts.bulletin import lists, rhythm, standing
from alerts.bulletin.reading import Material
from alerts.bulletin.shape import Bulletin, Section
from alerts.bulletin.writer import Depth, Writer
from models.clock import CHINA
from models.vocabulary import Rhythm
from models.words import Words, mark

_NUMERALS = "一二三四五六七八九十"
_PARTS: Sequence[tuple[str, Callable[[Writer], Section]]] = (
    (mark("Overall standing"), standing.lights),
    (mark("Progress against plan"), standing.progress),
    (mark("Budget execution"), standing.execution),
    (mark("Projects that need attention"), lists.worst),
    (mark("Plan adjustments"), lists.adjustments),
    (mark("Alerts"), lists.alerts),
    (mark("State of reporting"), lists.reporting),
    (mark("Overdue answers to dispatch orders"), lists.overdue),
    (mark("Freshness and method"), standing.method),
)
_ISSUES = {
    Rhythm.DAILY: mark("Daily No. {n} of {year}"),
    Rhythm.WEEKLY: mark("Weekly No. {n} of {year}"),
    Rhythm.MONTHLY: mark("Monthly No. {n} of {year}"),
}


def compose(material: Material, t: Words, depth: Depth = Depth.SHOWN) -> Bulletin:
    """The bulletin as shown; with ``Depth.WHOLE`` as the workbook holds it: no list cut, and with annexes."""
    writer, asked = Writer(material, t, depth), material.asked
    year, number = rhythm.issue(asked.rhythm, asked.on)
    sections = tuple(_numbered(at, t(title), part(writer), t) for at, (title, part) in enumerate(_PARTS))
    kind = t.label(asked.rhythm)
    stem = "_".join((t("Dispatch bulletin"), writer.place, kind, asked.on.isoformat()))
    return Bulletin(
        language=t.language,
        title=_title(writer),
        issue=t(_ISSUES[asked.rhythm], year=year, n=number),
        dated=_long_day(writer),
        known=_known(writer),
        notice=t("Demonstration: all figures are made up.") if material.programme.demonstration else "",
        sections=sections,
        figures=standing.key_figures(writer),
        annexes=lists.annexes(writer) if depth == Depth.WHOLE else (),
        cover=t("Cover"),
        file_stem=stem.replace(" ", "_"),
        producer=t("Pilot Dispatch"),
        known_at=asked.known_at,
    )


def _title(writer: Writer) -> str:
    t, programme = writer.t, writer.material.programme
    name = t.pick(programme.name_zh, programme.name_en)
    return t("{place}: dispatch bulletin, {programme}", place=writer.place, programme=name)


def _long_day(writer: Writer) -> str:
    on = writer.material.asked.on
    return writer.t.pick(f"{on.year}年{on.month}月{on.day}日", on.isoformat())


def _known(writer: Writer) -> str:
    t, asked = writer.t, writer.material.asked
    versions = writer.material.versions or [writer.material.policy.version]
    said = t.pick("、", ", ").join(str(version) for version in versions if version)
    version = t("policy version {n}", n=said) if said else t("policy as delivered")
    at = asked.known_at.astimezone(CHINA).replace(tzinfo=None).isoformat(" ")
    return t("As known at {at} (Beijing time); judged by {policy}", at=at, policy=version)


def _numbered(at: int, title: str, section: Section, t: Words) -> Section:
    number = t.pick(f"{_NUMERALS[at]}、", f"{at + 1}. ")
    sheet = (number + title).replace("/", " ")[:31]
    return Section(number + title, sheet, section.sentences, section.table)
