"""Promises of the intake as properties: P2 (the same content again), P3 (the preview), P5 (ids), P6 (money)."""

import csv
import io
from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
import sqlalchemy as sa
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from collectors import cells, quick
from collectors.forms import DISPATCH, FORMS
from collectors.problems import Finding
from collectors.read import Limits, Sheet, read
from collectors.template import current_rows, template_csv, template_xlsx
from collectors.validate import Surroundings, _Column, validate
from models.money import MAX_FEN, to_wan
from models.projects import Project
from models.reports import Report, Submission
from models.words import words

TODAY = date(2026, 11, 23)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
slow = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def written(rows: list[list[str]], encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def workbook(rows: list[list[str]], *, numbers: tuple[int, ...] = ()) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if r and c in numbers and text:
                sheet.write_number(r, c, float(text))
            else:
                sheet.write_string(r, c, text)
    book.close()
    return out.getvalue()


def figures(db) -> list[tuple]:
    """Every current figure, without where it came from."""
    with Session(db.ro) as session:
        rows = session.exec(select(Report).where(Report.superseded_at.is_(None))).all()
    kept = [c.name for c in Report.__table__.columns if c.name not in ("submission", "row_no", "recorded_at")]
    return sorted(tuple(str(getattr(row, name)) for name in kept) for row in rows)


# -- P2: the same content again changes nothing -------------------------------------------------------------

CONTENT = [
    ["项目编号", "截止日期", "形象进度（%）", "累计完成投资（万元）", "支出", "建设阶段", "进展情况"],
    ["SY001", "2026-09-30", "12.5", "100.250001", "0", "在建", "安装, 调试"],
    ["SY002", "2026-09-30", "7", "", "3.5", "未开工", "“基础”\n第二行"],
    ["SY001", "2026-10-31", "20", "200", "12.000001", "在建", "=1+1"],
    ["SY002", "2026-10-31", "8", "0.000001", "", "在建", ""],
]


@pytest.fixture
def reported(lite):
    assert lite(written(CONTENT)).new == 4
    return lite


@slow
@given(data=st.data())
def test_the_same_figures_in_another_dress_change_nothing(reported, sqlite_db, data):
    before = figures(sqlite_db)
    header, *lines = CONTENT
    lines = data.draw(st.permutations(lines))
    columns = data.draw(st.permutations(range(len(header))))
    rows = [[row[i] for i in columns] for row in (header, *lines)]
    dress = data.draw(st.sampled_from((*ENCODINGS, "xlsx", "xlsx with numbers")))
    if dress.startswith("xlsx"):
        numbers = tuple(columns.index(i) for i in (2, 3, 4)) if "numbers" in dress else ()
        receipt = reported(workbook(rows, numbers=numbers), name="a.xlsx")
    else:
        receipt = reported(written(rows, dress), name="a.csv")
    assert receipt.ok and not receipt.committed
    assert (receipt.same, receipt.new, receipt.changed) == (4, 0, 0)
    assert figures(sqlite_db) == before
    with sqlite_db.ro.connect() as connection:
        stored = connection.scalar(sa.select(sa.func.count()).select_from(Submission.__table__))
    assert stored == 2  # the projects, and the reports once


# -- P3: the preview tells the truth ------------------------------------------------------------------------

some_rows = st.lists(
    st.tuples(
        st.sampled_from(["SY001", "SY002", "SY001", "SY002", "SY009", ""]),
        st.sampled_from(["2026-08-31", "2026-09-30", "2026/10/31", "2026-10-31", "2027-01-01", "x"]),
        st.sampled_from(["", "0", "12.5", "50", "５０", "100", "101", "0.5"]),
        st.sampled_from(["", "1", "1,000", "2000.5", "-3", "10000000", "无"]),
        st.sampled_from(["", "1", "2"]),
        st.sampled_from(["", "1", "3"]),
        st.sampled_from(["", "在建", "已竣工投产", "没听说过"]),
        st.sampled_from(["", "2027-12-31", "2028-06-30"]),
    ),
    min_size=1,
    max_size=6,
)
HEAD = ["项目编号", "截止日期", "形象进度", "累计完成投资", "支付", "支出", "建设阶段", "计划竣工"]
COUNTS = ("rows", "new", "changed", "same", "warned", "rejected", "refused")


SANE = {"101": "", "没听说过": "", "-3": ""}


def without_errors(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows that can be stored, so that commits happen too."""
    known = {(row[0], row[1].replace("/", "-")): row for row in rows}
    good = [row for (code, day), row in known.items() if code in ("SY001", "SY002") and day[:4] == "2026"]
    return [tuple(SANE.get(text, text) for text in row) for row in good]


@settings(slow, max_examples=30)
@given(files=st.lists(st.tuples(some_rows, st.sampled_from([True, True, False])), min_size=1, max_size=4))
def test_the_preview_counts_what_the_commit_does(fresh, now, files):
    database, give = fresh()
    for days, (rows, good) in enumerate(files):
        rows = without_errors(rows) if good else rows
        content, at = written([HEAD, *(list(row) for row in rows)]), now + timedelta(days=days)
        before = figures(database)
        preview = give(content, dry_run=True, now=at)
        assert figures(database) == before
        done = give(content, expected_base=preview.base, now=at)
        assert [getattr(preview, name) for name in COUNTS] == [getattr(done, name) for name in COUNTS]
        assert preview.changes.equals(done.changes) and preview.adjustments.equals(done.adjustments)
        assert preview.problems == done.problems
        assert done.committed or figures(database) == before
        assert not done.committed or give(content, now=at).duplicate_of


# -- P5: ids survive ----------------------------------------------------------------------------------------

ids = st.one_of(
    st.from_regex(r"0{1,3}[0-9]{1,6}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{17}", fullmatch=True),
    st.from_regex(r"[0-9]E[0-9]{1,3}", fullmatch=True),
    st.from_regex(r"[A-Z]{1,3}-[0-9]{1,4}(?:/[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"[一-龥]{1,4}〔20[0-9]{2}〕[0-9]{1,3}号", fullmatch=True).map(
        lambda text: text.replace("\u3000", "")
    ),
)
REGISTER = "项目编号,项目名称,类型,实施单位,总投资,计划开工,计划竣工\n"


@settings(slow, max_examples=8)
@given(codes=st.lists(ids, min_size=20, max_size=40, unique=True))
def test_ids_survive_both_round_trips(lite, sqlite_db, shenyang, codes):
    rows = [["项目编号", "项目名称", "类型", "实施单位", "总投资", "计划开工", "计划竣工"]]
    rows += [[code, "甲", "点", "乙", "5", "2026-01-01", "2026-12-31"] for code in codes]
    assert lite(written(rows)).ok
    with Session(sqlite_db.ro) as session:
        stored = {project.code for project in session.exec(select(Project)).all()}
        filled = current_rows(session, shenyang, FORMS["projects"])
    assert set(codes) <= stored
    for make, name in ((template_csv, "a.csv"), (template_xlsx, "a.xlsx")):
        receipt = lite(make(FORMS["projects"], words("zh_CN"), filled), name=name, dry_run=True)
        assert (receipt.ok, receipt.same) == (True, len(stored)), receipt.problems


def test_ids_in_full_width_are_the_same_ids(lite):
    receipt = lite("项目编号,截止日期,形象进度\nＳＹ００１,2026-10-31,5\n")
    assert receipt.new == 1 and [p.code for p in receipt.problems if p.code[0] == "W"] == ["W-C57"]
    assert lite("项目编号,截止日期,形象进度\nSY001,2026-10-31,5\n").same == 1


# -- P6: money is exact -------------------------------------------------------------------------------------

fen = st.integers(0, MAX_FEN)


@given(st.lists(fen, min_size=1, max_size=200))
def test_money_adds_up_to_the_fen(amounts):
    parsed = cells.money(pl.Series([str(to_wan(amount)) for amount in amounts]))
    assert parsed.codes is None and parsed.values.to_list() == amounts
    assert sum(Fraction(int(v), 10**6) for v in parsed.values) == sum(Fraction(a, 10**6) for a in amounts)


@given(st.integers(0, 10**8), st.from_regex(r"[0-9]{6}[0-9]{0,5}[1-9]", fullmatch=True))
def test_finer_than_a_fen_is_refused_and_never_rounded(whole, decimals):
    parsed = cells.money(pl.Series([f"{whole}.{decimals}"]))
    assert (parsed.values[0], parsed.codes[0]) == (None, "E-C75")


@settings(slow, max_examples=25)
@given(
    amounts=st.lists(fen, min_size=2, max_size=2),
    bp=st.lists(st.integers(100, 10_000), min_size=2, max_size=2),
)
def test_a_figure_the_template_writes_comes_back_the_same(lite, sqlite_db, shenyang, amounts, bp):
    rows = [["项目编号", "截止日期", "形象进度", "支出"]]
    rows += [
        [code, "2026-10-31", f"{b // 100}.{b % 100:02d}", str(to_wan(a))]
        for code, a, b in zip(("SY001", "SY002"), amounts, bp, strict=True)
    ]
    assert lite(written(rows)).ok
    with Session(sqlite_db.ro) as session:
        filled = current_rows(session, shenyang, FORMS["dispatch"])
        stored = {
            r.project: (r.spent, r.physical_bp)
            for r in session.exec(select(Report).where(Report.superseded_at.is_(None)))
        }
    assert stored == {"SY001": (amounts[0], bp[0]), "SY002": (amounts[1], bp[1])}
    for make, name in ((template_csv, "a.csv"), (template_xlsx, "a.xlsx")):
        receipt = lite(make(FORMS["dispatch"], words("en"), filled), name=name, dry_run=True)
        assert (receipt.ok, receipt.same) == (True, 2), receipt.problems


# -- the quick road and the thorough road agree -------------------------------------------------------------

ODD = [
    *("", " ", "0", "00", "0.0", "1", "12.5", "12.50", "100", "100.0", "1.1234567", "999999999.999999", "5%"),
    *("2026-10-31", "2026-02-30", "1999-12-31", "2026-12-31", "2026-1-5", "2027-01-01", "2026-03", "2026-13"),
    *(
        "在建",
        "in_production",
        "Continuing",
        "是",
        "否",
        "无",
        "36",
        "363",
        "C36",
        "44",
        "SY001",
        "a_b-c",
        "１",
    ),
    *(
        "文",
        " 文",
        "文 ",
        "'文",
        "'=1",
        "-x",
        "a\rb",
        "a\nb",
        "\u202e",
        "锟斤拷",
        "x" * 501,
        "\ufeffx",
        "\u2003",
    ),
]
COLUMNS = {f"{form.name} {column.name}": column for form in FORMS.values() for column in form.columns}


@pytest.mark.parametrize("name", COLUMNS)
def test_what_the_quick_road_types_the_thorough_road_types_without_a_word(name):
    column = COLUMNS[name]
    for text in ODD:
        raw = pl.Series("0", [text, text], pl.String)
        values = quick.typed({"0": raw}, {0: column}, today=TODAY, earliest=2000).get(column.name)
        if values is not None:
            slowly, said = thorough(column, raw)
            assert said == [] and values.to_list() == slowly.to_list() and values.dtype == slowly.dtype, text


def thorough(column, raw: pl.Series) -> tuple[pl.Series, list[Finding]]:
    numbers = pl.Series("row_no", range(2, len(raw) + 2), pl.Int64)
    sheet = Sheet(DISPATCH, "utf-8", (column.zh,), {column.name: 0}, numbers, raw.to_frame())
    return _Column(column, "A", raw, sheet, Surroundings(TODAY)).read()


@pytest.mark.parametrize("day", ["2026-10-31", "2026/10/31"])
def test_many_rows_are_typed_as_few_are(day):
    row = [f"SY001,{day},50,1.5,文"]
    content = ("项目编号,截止日期,形象进度,支出,进展情况\n" + "\n".join(row * (quick.TOGETHER + 5))).encode()
    sheet = read(content, "a.csv", Limits(), (DISPATCH,))
    frame = validate(sheet, sheet.cells.to_dict(), Surroundings(TODAY)).frame
    assert frame.height == quick.TOGETHER + 5
    assert frame.select(pl.exclude("row_no")).unique().rows() == [
        ("SY001", date(2026, 10, 31), 5000, 1_500_000, "文")
    ]
