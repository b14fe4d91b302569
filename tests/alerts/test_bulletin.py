"""The bulletin: what it says, the same figures in every form, the same bytes whenever it is asked for."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
import sqlalchemy as sa
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from alerts.bulletin import docx, pdf, xlsx
from alerts.bulletin.compose import compose
from alerts.bulletin.files import FORMATS, written
from alerts.bulletin.reading import Asked, of_place, read
from alerts.bulletin.shape import Bulletin, Table
from alerts.bulletin.writer import Depth
from alerts.policy import CARRIED, ensure_policy
from alerts.watch import evaluate
from dashboard.views.bulletin import shown
from models.db import Database
from models.plans import Adjustment, AdjustmentChange
from models.queries.bulletin import cities_of
from models.reports import Report
from models.vocabulary import Rhythm
from models.words import LANGUAGES, words
from tests.alerts.bulletins import (
    BETWEEN,
    DAILY,
    DALIAN,
    EVIL,
    GUANGZHOU,
    JAN,
    KNOWN,
    LIAONING,
    OCTOBER,
    TUESDAY,
    asked,
    fill,
)  # fmt: skip
from tests.builders import CITY, WAN, adjustment, application, plan, project, put, report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def country(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    return sqlite_db


def said(bulletin: Bulletin) -> str:
    """Everything a bulletin says, as one text."""
    lines = [bulletin.title, bulletin.issue, bulletin.dated, bulletin.known]
    for section in bulletin.sections:
        lines += [section.title, *section.sentences]
        if section.table:
            lines += [" | ".join(cell.text for cell in row) for row in section.table.rows]
    return "\n".join(lines)


def table(bulletin: Bulletin, at: int) -> list[list[str]]:
    """The texts of a section's table, its numbers from 1."""
    return [[cell.text for cell in row] for row in bulletin.sections[at - 1].table.rows]


# --- what it says -------------------------------------------------------------------------------------------


def test_changes_are_of_the_same_projects_and_joiners_stand_apart(country: Database) -> None:
    found = compose(read(country, DAILY), words("en"))
    standing = "\n".join(found.sections[0].sentences)
    assert "over the same 5 projects: 0 became worse, 1 better, 4 did not change" in standing
    assert "1 joined and 0 left" in standing
    point = table(found, 1)[0]
    assert point[:2] == ["Point", "4"]  # P1, D2, G1 and the one that joined
    changes = [int(text) for text in point[3::2]]
    assert sum(changes) == 0  # what one light loses another gains: the joiner is in none of them


def test_a_bulletin_before_the_first_report_compares_with_nothing(country: Database) -> None:
    found = compose(read(country, Asked(date(2026, 1, 4), JAN - timedelta(days=1))), words("en"))
    assert "0 key projects" in found.sections[0].sentences[0]
    assert found.sections[3].table is None


def test_each_rate_names_its_denominator_and_is_its_own(country: Database) -> None:
    found = compose(read(country, DAILY), words("en"))
    heads = [column.label for column in found.sections[2].table.columns]
    assert heads[6:9] == ["Spent ÷ issued, %", "By plan ÷ issued, %", "Spent ÷ award, %"]
    spent, issued, award = 4 * Decimal("0.29123456"), 4 * Decimal("0.5"), 6
    whole = table(found, 3)[-1]
    assert whole[6] == f"{spent / issued * 100:.1f}" and whole[8] == f"{spent / award * 100:.1f}"
    assert found.sections[2].table.unit == "Unit: CNY million"


def test_the_nation_counts_in_yi_and_a_city_in_wan(country: Database) -> None:
    assert compose(read(country, DAILY), words("zh_CN")).sections[2].table.unit == "单位：亿元"
    of_city = compose(read(country, asked(CITY)), words("zh_CN"))
    assert of_city.sections[2].table.unit == "单位：万元"
    assert table(of_city, 3)[-1][5] == "58.25"  # 2 × 29.123456万元


def test_the_worst_come_first_with_the_arithmetic_of_why(country: Database) -> None:
    rows = table(compose(read(country, DAILY), words("en")), 4)
    assert rows[0][1].endswith("Red") and rows[0][3] == "供应链协同改造项目"
    assert "planned 83.29% − reported 30% = 53.29 points" in rows[0][-1]
    assert [row[-1] for row in rows if row[3] == "从未报送的项目"] == ["never reported"]


def test_adjustments_of_the_period_only_as_decided_then(country: Database) -> None:
    found = compose(read(country, DAILY), words("zh_CN"))
    assert "批准1项" in found.sections[4].sentences[0]  # that of Guangzhou waits since January
    (row,) = table(found, 5)
    assert (
        row[0] == "园区数字化提升项目" and "辽工信〔2026〕7号" in row and "2026-12-31 → 2027-06-30" in row[-1]
    )


def test_who_has_not_reported_is_named(country: Database) -> None:
    found = compose(read(country, DAILY), words("zh_CN"))
    assert [row[:4] for row in table(found, 7)] == [["大连市", "2", "1", "1"]]
    of_city = compose(read(country, asked(DALIAN)), words("zh_CN"))
    assert table(of_city, 7)[0][0] == "从未报送的项目"


def test_a_place_sees_only_its_own_and_cut_or_read_it_is_the_same(country: Database) -> None:
    nation = read(country, DAILY)
    for place in (CITY, DALIAN, GUANGZHOU, LIAONING):
        own = compose(read(country, asked(place)), words("zh_CN"), Depth.WHOLE)
        assert own == compose(of_place(nation, place, cities_of(country, place)), words("zh_CN"), Depth.WHOLE)
        text = said(own) + str(own.annexes)
        assert ("广州项目" in text) == (place == GUANGZHOU)
        assert ("园区数字化" in text) == (place in (DALIAN, LIAONING))


def test_what_is_a_provinces_own_is_in_its_bulletin_and_the_nations(country: Database) -> None:
    for name in ("鞍山市", "本溪市"):
        application(country, BETWEEN, 2026, name)
    opened = {}
    for place in ("000000", LIAONING, CITY, GUANGZHOU):
        opened[place] = _quota(country, place)
    evaluate(country, TUESDAY, KNOWN, now=KNOWN)
    for place, before in opened.items():
        assert _quota(country, place) - before == (place in ("000000", LIAONING)), place


def _quota(db: Database, place: str) -> int:
    """How often the events of a place's bulletin name its province's quota."""
    nation = read(db, DAILY)
    cut, own = of_place(nation, place, cities_of(db, place)), read(db, asked(place))
    assert cut.moves.equals(own.moves)
    return own.moves.filter(rule="quota").height


def test_it_is_judged_by_the_policy_of_its_time(country: Database) -> None:
    text = CARRIED.replace(
        "yellow = { above = 10, inclusive = true }", "yellow = { above = 1, inclusive = true }", 1
    )
    later = KNOWN + timedelta(hours=1)
    before = written(read(country, DAILY), words("en"), ".docx")
    from alerts.letters import Office

    evaluate(country, TUESDAY, later, now=later, office=Office(policy=text))
    assert written(read(country, DAILY), words("en"), ".docx") == before
    newer = compose(read(country, replace(DAILY, known_at=later)), words("en"))
    assert "policy version 2" in newer.known
    assert any("thresholds changed" in sentence for sentence in newer.sections[0].sentences)


# --- the same in every form ------------------------------------------------------------------------------------


class _Tables(HTMLParser):
    """The tables of a piece of HTML, each a list of rows of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        self.inside = tag in ("td", "th") or (self.inside and tag not in ("tr", "table", "caption"))

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[-1][-1][-1] += data


def wanted(bulletin: Bulletin) -> list[list[list[str]]]:
    tables = [section.table for section in bulletin.sections if section.table]
    return [_texts(one) for one in tables]


def _texts(one: Table) -> list[list[str]]:
    return [[c.label for c in one.columns], *([cell.text for cell in row] for row in one.rows)]


def _pdf_text(content: bytes) -> tuple[str, int]:
    document = pypdfium2.PdfDocument(content)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return "".join("".join(pages).split()), len(pages)


def _close(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", ["000000", LIAONING, CITY])
def test_page_document_pdf_and_workbook_hold_the_same_figures(
    country: Database, place: str, language: str
) -> None:
    material, t = read(country, asked(place)), words(language)
    bulletin, whole = compose(material, t), compose(material, t, Depth.WHOLE)
    page = _Tables()
    page.feed(shown(bulletin))
    assert page.tables == wanted(bulletin)
    document = Document(io.BytesIO(docx.render(bulletin)))
    assert [[[cell.text for cell in row.cells] for row in one.rows] for one in document.tables] == wanted(
        bulletin
    )
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    text, _ = _pdf_text(pdf.render(bulletin))
    for section in bulletin.sections:
        assert section.title in paragraphs and _close(section.title) in text
        for sentence in section.sentences:
            assert sentence in paragraphs and _close(sentence) in text
    for one in wanted(bulletin):
        for row in one:
            assert _close("".join(row)) in text
    _same_workbook(load_workbook(io.BytesIO(xlsx.render(whole))), bulletin, whole)


def _same_workbook(book: object, bulletin: Bulletin, whole: Bulletin) -> None:
    """One sheet a section with a table; shown rows first, each number equal and in the format it is shown in."""
    sections = [one for one in (*whole.sections, *whole.annexes) if one.table]
    assert book.sheetnames[1:] == [one.sheet for one in sections]
    shown_rows = {one.sheet: one.table.rows for one in bulletin.sections if one.table}
    for section in sections:
        sheet = book[section.sheet]
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")
        rows = list(sheet.iter_rows(min_row=2, max_row=len(section.table.rows) + 1))
        for cells, row in zip(rows, shown_rows.get(section.sheet, section.table.rows), strict=False):
            for cell, figure in zip(cells, row, strict=True):
                if isinstance(figure.value, str):
                    assert cell.value == figure.text and cell.data_type == "s"
                else:
                    assert Decimal(str(cell.value)) == figure.value and cell.number_format == figure.format


def test_no_text_becomes_a_formula_or_markup(country: Database) -> None:
    material = read(country, DAILY)
    book = load_workbook(io.BytesIO(written(material, words("zh_CN"), ".xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == EVIL for cell in cells)
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
    assert "<img" not in shown(compose(material, words("en"), Depth.WHOLE))


# --- two pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_eight_hundred_reds_with_the_longest_names_keep_to_two_pages(
    sqlite_db: Database, language: str
) -> None:
    name = "面向装备制造全产业链的智能化绿色化协同改造与关键工艺装备更新升级一体化示范项目" * 2
    cities = (CITY, DALIAN, "210300", GUANGZHOU, "440300", "350200", "350500", "370200", "410100")
    for n in range(800):
        code, city = f"P{n:04d}", cities[n % len(cities)]
        project(sqlite_db, code, JAN, city=city, name=f"{n}{name}", kind=("point", "line", "surface")[n % 3])
        if n % 20 > 8:
            report(sqlite_db, code, JAN, OCTOBER, city=city, physical_bp=100, issued=90 * WAN, spent=1)
    for n in range(40):
        code, city = f"P{n:04d}", cities[n % len(cities)]
        adjustment(sqlite_db, code, BETWEEN, 1, city=city)
        for field, old, new in (("name", name, name), ("total_investment", "123456789", "9876543210")):
            change = dict(city=city, project=code, number=1, field=field, old=old, new=new)
            put(sqlite_db, AdjustmentChange, **change)
    evaluate(sqlite_db, TUESDAY, KNOWN, now=KNOWN)
    for place in ("000000", LIAONING, CITY):
        bulletin = compose(read(sqlite_db, asked(place)), words(language))
        text, pages = _pdf_text(pdf.render(bulletin))
        assert pages == 2
        assert bulletin.sections[3].table.more and _close(bulletin.sections[3].table.more) in text


def test_a_character_the_font_lacks_shows_as_a_blank_mark(country: Database) -> None:
    bulletin = replace(compose(read(country, DAILY), words("zh_CN")), title="通报 😀 䶮 𠮷")
    text, _ = _pdf_text(pdf.render(bulletin))
    assert text.startswith("通报") and "〓䶮𠮷" in text


# --- the same bytes ----------------------------------------------------------------------------------------------


def _later(db: Database) -> None:
    """Everything that may come after: corrections, new reports, plans, decisions, judgements."""
    at = KNOWN + timedelta(hours=3)
    table = Report.__table__
    with db.rw.begin() as connection:
        connection.execute(sa.update(table).where(table.c.project == "P2").values(superseded_at=at))
        a = Adjustment.__table__
        connection.execute(
            sa.update(a)
            .where(a.c.project == "G1")
            .values(status="approved", decided_at=at, document_no="later", version=2, ground="other")
        )
        ensure_policy(connection, CARRIED + "\n# later\n", at)
    report(db, "P2", at, OCTOBER, physical_bp=9_900, issued=1, spent=1)
    report(db, "G1", at, date(2026, 11, 20), city=GUANGZHOU, physical_bp=100)
    plan(db, "G1", at, city=GUANGZHOU, version=2, planned_end=date(2028, 1, 1), adjustment=1)
    project(db, "P9", at, name="later")
    adjustment(db, "P1", at, 7)
    evaluate(db, TUESDAY, at, now=at)
    day = at + timedelta(days=1)
    evaluate(db, TUESDAY + timedelta(days=1), day, now=day)


def test_the_same_call_after_later_corrections_gives_the_same_bytes(db: Database) -> None:
    fill(db)
    wishes = [(DAILY, "zh_CN"), (asked(GUANGZHOU, Rhythm.MONTHLY), "en")]
    before = [{e: written(read(db, wish), words(lang), e) for e in FORMATS} for wish, lang in wishes]
    _later(db)
    for (wish, language), files in zip(wishes, before, strict=True):
        for ending, content in files.items():
            assert written(read(db, wish), words(language), ending) == content, (wish, language, ending)
    newer = compose(read(db, Asked(TUESDAY, KNOWN + timedelta(days=2))), words("en"), Depth.WHOLE)
    assert "later" in said(newer) + str(newer.annexes)


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    from models.db import open_database
    from models.migrate import migrate

    url = f"sqlite:///{tmp_path / 'dispatch.db'}"
    db = open_database(url)
    migrate(db, JAN - timedelta(days=1))
    fill(db)
    db.dispose()
    for ending in FORMATS:
        first, second = (
            _by_command(url, tmp_path / f"{n}{ending}", seed=n, zone=zone)
            for n, zone in enumerate(("UTC", "Asia/Tokyo"))
        )
        assert first == second


def _by_command(url: str, out: Path, *, seed: int, zone: str) -> bytes:
    environment = os.environ | {"DATABASE_URL": url, "PYTHONHASHSEED": str(seed), "TZ": zone}
    command = [
        sys.executable,
        "manage.py",
        "bulletin",
        "--on",
        "2026-11-24",
        "--known-at",
        "2026-11-24T10:00",
    ]
    command += ["--for", "辽宁省", "--rhythm", "weekly", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return out.read_bytes()


def test_chinese_in_a_document_is_set_as_in_china_and_its_title_by_meaning(country: Database) -> None:
    document = Document(io.BytesIO(docx.render(compose(read(country, DAILY), words("zh_CN")))))
    spoken = [one.attrib for one in document.styles.element.iter(qn("w:lang"))]
    assert spoken and all(one[qn("w:eastAsia")] == one[qn("w:val")] == "zh-CN" for one in spoken)
    assert document.paragraphs[0].text == "制造业新型技术改造城市试点调度通报\n（全国）"


def test_a_file_carries_no_time_but_that_of_its_knowledge(country: Database) -> None:
    bulletin = compose(read(country, DAILY), words("zh_CN"))
    properties = Document(io.BytesIO(docx.render(bulletin))).core_properties
    assert (
        properties.created.replace(tzinfo=None)
        == datetime(2026, 11, 24, 2)
        == properties.modified.replace(tzinfo=None)
    )
    book = load_workbook(io.BytesIO(xlsx.render(bulletin)))
    assert book.properties.created == datetime(2026, 11, 24, 2)
    assert b"/CreationDate (D:20261124020000" in pdf.render(bulletin)
