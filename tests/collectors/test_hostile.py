"""A hostile workbook gets its message, in two seconds and 300 MB, and takes nothing from anybody else (P4, P7).

Each is read both ways: here, and in a process of its own, from which this process grows by 20 MB at most. Seconds
are those of this process's computing, because a busy machine lengthens all others.
"""

import io
import os
import signal
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import openpyxl
import pytest

from collectors import sandbox
from collectors.annotated import annotated
from collectors.intake import Limits
from collectors.problems import Refused, problem_text
from collectors.workbook import read_workbook
from models.words import words
from tests.collectors.books import SHEET, STRINGS, book, changed, with_rows

WEB = Limits(max_bytes=10_000_000, max_rows=20_000, max_unpacked=50_000_000)
MOST_S, MOST_MB, MOST_MB_OF_THE_WEB = 2.0, 300, 20
CELL = b'<row r="%d"><c r="%s%d"><v>1</v></c></row>'


def lying(content: bytes, name: str, real: bytes, claimed: bytes) -> bytes:
    """An archive whose directory claims other bytes of a member than it inflates to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(real) + packer.flush()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, packed)
    whole = bytearray(out.getvalue())
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = whole.rfind(signature, 0, whole.rfind(name.encode()) if at == 10 else whole.rfind(packed))
        struct.pack_into("<H", whole, start + at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<III", whole, start + at + 6, zlib.crc32(claimed), len(packed), len(claimed))
    return bytes(whole)


def sheet_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(SHEET)


def with_members(count: int) -> bytes:
    return changed(book(), {f"xl/media/{n}.xml": b"<a/>" for n in range(count)})


def doubled() -> bytes:
    out = io.BytesIO(book())
    with zipfile.ZipFile(out, "a") as archive:
        with pytest.warns(UserWarning):
            archive.writestr(SHEET, b"<worksheet/>")
    return out.getvalue()


def packed_by(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()


def encrypted() -> bytes:
    content = bytearray(book())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def one_part_for_many_sheets() -> bytes:
    sheets = b"".join(b'<sheet name="%d" sheetId="%d" r:id="rId1"/>' % (n, n) for n in range(2, 500))
    return changed(book(), {"xl/workbook.xml": lambda xml: xml.replace(b"</sheets>", sheets + b"</sheets>")})


def long_text_everywhere() -> bytes:
    """One shared text of 1 MB, named by 1,000 cells."""
    rows = b"".join(b'<row r="%d"><c r="E%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(3, 1_003))
    long = changed(book(), {STRINGS: lambda xml: xml.replace(b"<si><t>", b"<si><t>" + b"x" * 1_000_000, 1)})
    return with_rows(rows, long)


def one_cell(cell: bytes) -> bytes:
    return with_rows(b'<row r="3">' + cell + b"</row>")


def without_references() -> bytes:
    """Cells that say nowhere where they are: one row of 5,000, and 20,000 rows of one."""
    rows = b"<row>" + b"<c><v>1</v></c>" * 5_000 + b"</row>" + b"<row><c><v>1</v></c></row>" * 20_000
    return changed(book(), {SHEET: lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")})


def formatted(rows: int, cells: bytes = b"") -> bytes:
    """Rows that are only formatted."""
    return b"".join(b'<row r="%d" s="1" customFormat="1">%s</row>' % (n, cells) for n in range(3, rows))


DOCTYPE = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;">]>'


def defined(part: str) -> bytes:
    return changed(book(), {part: lambda xml: xml.replace(b"?>", b"?>" + DOCTYPE, 1)})


OK = ""
HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "F04 more rows than are taken": (
        "E-F04",
        lambda: with_rows(b"".join(CELL % (n, b"A", n) for n in range(3, 20_013))),
    ),
    "F04 a million rows": (
        "E-F04",
        lambda: with_rows(b"".join(CELL % (n, b"A", n) for n in range(3, 1_000_000))),
    ),
    "F09 encrypted members": ("E-F09", encrypted),
    "F12 a bomb": ("E-F12", lambda: with_rows(b" " * 60_000_000)),
    "F12 one long text in many cells": ("E-F12", long_text_everywhere),
    "F13 a bomb that claims to be small": (
        "E-F12",
        lambda: lying(book(), SHEET, sheet_of(book()) + b" " * 120_000_000, sheet_of(book())),
    ),
    "F13 more bytes than claimed": (
        "E-F18",
        lambda: lying(book(), SHEET, sheet_of(book()) + b"<x/>", sheet_of(book())),
    ),
    "F13 fewer bytes than claimed": ("E-F18", lambda: lying(book(), SHEET, b"<a/>", b"<a/>" + b" " * 9)),
    "F14 the last cell of all": ("E-F14", lambda: with_rows(CELL % (1_048_576, b"XFD", 1_048_576))),
    "F14 a cell that is not in its row": ("E-F14", lambda: with_rows(CELL % (3, b"XFD", 1_048_576))),
    "F14 a cell far below its row": (
        "E-F14",
        lambda: with_rows(CELL % (3, b"A", 1_048_576) + CELL % (4, b"A", 4)),
    ),
    "F14 beyond the grid": (
        "E-F14",
        lambda: with_rows(CELL % (3, b"A", 99_999_999_999) + CELL % (4, b"A", 4)),
    ),
    "F14 the first column too many": ("E-F14", lambda: with_rows(CELL % (3, b"GS", 3))),
    "F14 small letters": ("E-F14", lambda: with_rows(CELL % (3, b"xfd", 3))),
    "F14 single quotes": ("E-F14", lambda: with_rows(b"<row r='3'><c s='0' r='XFD3'><v>1</v></c></row>")),
    "F14 a tag that seems to end early": ("E-F18", lambda: one_cell(b'<c r="XFD1048576" x=">"><v>1</v></c>')),
    "F14 two references": ("E-F14", lambda: one_cell(b'<c r="A3" s="0" r="XFD1048576"><v>1</v></c>')),
    "F14 two references without a space": (
        "E-F18",
        lambda: one_cell(b'<c r="A3" s="0"r="XFD1048576"><v>1</v></c>'),
    ),
    "F14 a reference after a line end": (
        "E-F14",
        lambda: one_cell(b'<c r="A3"\fr="XFD1048576"><v>1</v></c>'),
    ),
    "F14 the last cell says another row": ("E-F14", lambda: one_cell(b'<c r="B31048576"><v>1</v></c>')),
    "F14 an empty last cell says another row": (
        "E-F18",
        lambda: one_cell(b'<c r="D3"><v>1</v></c><c r="B401048576" s="1" /><v>40</v>'),
    ),
    "F14 a reference that does not end": (
        "E-F18",
        lambda: one_cell(b'<c r="A3\x0b" r=\'XFD1048576\'s="1" t= r="<is>A5""n"><v>1</v></c>'),
    ),
    "F14 a text before the value": ("E-F18", lambda: one_cell(b'<c r="XFD1048576">x<v>1</v></c>')),
    "F14 an end that is none": ("E-F14", lambda: one_cell(b'<c r="XFD1048576"></x><v>1</v></c>')),
    "F14 a foreign prefix": ("E-F18", lambda: one_cell('<é:c r="XFD1048576"><v>1</v></é:c>'.encode())),
    "F14 rows far apart and a cell that joins them": (
        "E-F18",
        lambda: with_rows(
            CELL % (11, b"GR", 11)
            + CELL % (500_000, b"A", 500_000)
            + CELL % (500_001, b"A", 12)
            + CELL % (500_002, b"A", 500_002)
        ),
    ),
    "F14 one wide row among narrow ones": (
        "E-F14",
        lambda: with_rows(
            CELL % (3, b"GR", 3) + b"".join(CELL % (n * 10, b"A", n * 10) for n in range(1, 19_000))
        ),
    ),
    "F14 rows far apart": (
        "E-F14",
        lambda: with_rows(b"".join(CELL % (n * 20_000, b"A", n * 20_000) for n in range(1, 50))),
    ),
    "F14 rows nearly far apart": (
        "E-F14",
        lambda: with_rows(b"".join(CELL % (n * 999, b"A", n * 999) for n in range(1, 1_040))),
    ),
    "F14 cells without references": ("E-F14", without_references),
    "F15 a million formatted rows": (OK, lambda: with_rows(formatted(1_000_000))),
    "F15 a quarter of a million rows of formatted cells": (
        OK,
        lambda: with_rows(formatted(250_000, b'<c s="1"/>' * 8)),
    ),
    "F15 millions of cells that say nowhere where they are": (
        "E-F35",
        lambda: with_rows(b"<row>" + b"<c/>" * 5_000_000 + b"<c><v>1</v></c></row>"),
    ),
    "F15 formatted rows and one far below": (
        "E-F04",
        lambda: with_rows(formatted(900_000) + CELL % (1_048_576, b"A", 1_048_576)),
    ),
    "F16 entities in a sheet": ("E-F16", lambda: defined(SHEET)),
    "F16 entities in the shared texts": ("E-F16", lambda: defined(STRINGS)),
    "F16 entities in the workbook": ("E-F16", lambda: defined("xl/workbook.xml")),
    "F16 entities behind a comment": (
        "E-F16",
        lambda: changed(
            book(), {SHEET: lambda x: x.replace(b"?>", b"?><!-- " + b"x" * 100_000 + b" -->" + DOCTYPE, 1)}
        ),
    ),
    "F16 entities in another encoding": (
        "E-F17",
        lambda: changed(book(), {"xl/workbook.xml": b"<?xml version='1.0' encoding='cp037'?>" + b"<a/>"}),
    ),
    "F16 UTF-16": ("E-F16", lambda: changed(book(), {SHEET: lambda xml: xml.decode().encode("utf-16")})),
    "F17 too many members": ("E-F17", lambda: with_members(1_001)),
    "F17 a name that climbs": ("E-F17", lambda: changed(book(), {"xl/../../evil.xml": b"<a/>"})),
    "F17 an absolute name": ("E-F17", lambda: changed(book(), {"/etc/evil.xml": b"<a/>"})),
    "F17 a name of another system": ("E-F17", lambda: changed(book(), {"C:evil.xml": b"<a/>"})),
    "F17 a name with a line end": ("E-F17", lambda: changed(book(), {"a\nb.xml": b"<a/>"})),
    "F17 a long name": ("E-F17", lambda: changed(book(), {"x" * 300 + ".xml": b"<a/>"})),
    "F17 the same name twice": ("E-F17", doubled),
    "F17 the same name in capitals": (
        "E-F17",
        lambda: changed(book(), {SHEET.replace("sheet1", "SHEET1"): b"<a/>"}),
    ),
    "F17 an archive in it": ("E-F17", lambda: changed(book(), {"xl/embeddings/a.xlsx": book()})),
    "F17 an archive under another name": ("E-F17", lambda: changed(book(), {"xl/media/a.png": book()})),
    "F17 another compression": ("E-F17", lambda: packed_by(zipfile.ZIP_BZIP2)),
    "F17 one part for many sheets": ("E-F17", one_part_for_many_sheets),
    "F17 a style table without end": (
        "E-F17",
        lambda: changed(
            book(), {"xl/styles.xml": lambda x: x.replace(b"<cellXfs", b" " * 17_000_000 + b"<cellXfs")}
        ),
    ),
    "F18 a sheet that is missing": (
        "E-F18",
        lambda: changed(
            book(), {"xl/_rels/workbook.xml.rels": lambda x: x.replace(b"sheet1.xml", b"sheet9.xml")}
        ),
    ),
    "F18 styles that are missing": (
        "E-F18",
        lambda: changed(
            book(), {"xl/_rels/workbook.xml.rels": lambda x: x.replace(b"styles.xml", b"style.xml")}
        ),
    ),
    "F18 a sheet of an unknown kind": (
        "E-F18",
        lambda: changed(
            book(), {"xl/_rels/workbook.xml.rels": lambda x: x.replace(b'/worksheet"', b'/worksheets"')}
        ),
    ),
    "F18 a text between a cell and its value": ("E-F18", lambda: one_cell(b'<c r="D3" s="1">x<v>1</v></c>')),
    "F18 a text that is missing": (
        "E-F18",
        lambda: with_rows(b'<row r="3"><c r="A3" t="s"><v>99</v></c></row>'),
    ),
    "F18 rows that contradict their cells": (
        "E-F18",
        lambda: with_rows(CELL % (30, b"A", 30) + CELL % (31, b"A", 2) + CELL % (40, b"A", 40)),
    ),
    "a claim of endless texts": (
        OK,
        lambda: changed(
            book(), {STRINGS: lambda x: x.replace(b'uniqueCount="', b'uniqueCount="99999999999')}
        ),
    ),
    "a claim of an endless sheet": (
        OK,
        lambda: changed(
            book(), {SHEET: lambda x: x.replace(b'<dimension ref="A1:E2"', b'<dimension ref="A1:XFD1048576"')}
        ),
    ),
    "a day beyond the calendar": (
        "E-C89",
        lambda: book(lambda b, s: s.write_number(1, 1, -1e15, b.add_format({"num_format": 14}))),
    ),
    "a hundred thousand merged ranges": (
        "E-S47",
        lambda: changed(
            book(),
            {
                SHEET: lambda x: x.replace(
                    b"</sheetData>",
                    b"</sheetData><mergeCells>"
                    + b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(2, 100_000))
                    + b"</mergeCells>",
                )
            },
        ),
    ),
    "sixty thousand cell styles": (
        OK,
        lambda: changed(
            book(),
            {
                "xl/styles.xml": lambda x: x.replace(
                    b"</cellXfs>", b'<xf numFmtId="9" fontId="0"/>' * 60_000 + b"</cellXfs>"
                )
            },
        ),
    ),
}


@lru_cache(maxsize=1)
def content_of(name: str) -> bytes:
    return HOSTILE[name][1]()


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Seconds of computing, and by how many megabytes this process's memory rises above where it is."""
    found: dict[str, float] = {}
    Path("/proc/self/clear_refs").write_text("5")
    before, began = resident("VmRSS"), time.process_time()
    yield found
    found |= {"s": time.process_time() - began, "mb": (resident("VmHWM") - before) / 1e3}


def resident(which: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("apart", [False, True], ids=["here", "apart"])
def test_a_hostile_workbook_gets_its_message(lite, apart, name):
    expected, content = HOSTILE[name][0], content_of(name)
    sandbox.warm()
    with measured() as cost:
        receipt = lite(content, name="报表.xlsx", dry_run=True, limits=replace(WEB, isolated=apart))
    codes = {problem.code for problem in receipt.problems if problem.code[0] == "E"}
    assert codes == ({expected} if expected else set()), codes
    assert cost["s"] <= MOST_S and cost["mb"] <= (MOST_MB_OF_THE_WEB if apart else MOST_MB), cost
    for problem in receipt.problems:
        zh, en = (problem_text(problem, words(language)) for language in ("zh_CN", "en"))
        assert zh[0] and en[0] and zh[0] != en[0] and "{" not in zh[0] + en[0] + zh[1] + en[1]


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
FILES = {
    "F01 nothing": (b"", "a.xlsx", "E-F01"),
    "F03 ten megabytes and more": (b"PK\x03\x04" + b"x" * 10_000_000, "a.xlsx", "E-F03"),
    "F05 a workbook that calls itself text": (book(), "a.csv", "E-F05"),
    "F05 a workbook that calls itself old": (book(), "a.xls", "E-F05"),
    "F06 text that calls itself a workbook": ("项目编号,截止日期\n".encode(), "a.xlsx", "E-F06"),
    "F07 an old workbook": (OLD, "a.xls", "E-F07"),
    "F07 an old workbook under a new name": (OLD, "a.xlsx", "E-F07"),
    "F08 a web page": (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "a.xls", "E-F08"),
    "F09 a workbook with a password": (OLD + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "E-F09"),
    "F10 macros": (changed(book(), {"xl/vbaProject.bin": b"x"}), "a.xlsm", "E-F10"),
    "F18 not even an archive": (b"PK\x03\x04" + b"\0" * 100, "a.xlsx", "E-F18"),
    "F34 a document": (b"%PDF-1.7", "a.xlsx", "E-F34"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("apart", [False, True], ids=["here", "apart"])
def test_a_file_that_is_no_workbook_gets_its_message(lite, apart, name):
    content, file_name, expected = FILES[name]
    receipt = lite(content, name=file_name, dry_run=True, limits=replace(WEB, isolated=apart))
    (problem,) = receipt.problems
    zh, en = (problem_text(problem, words(language))[0] for language in ("zh_CN", "en"))
    assert problem.code == expected and zh != en and "{" not in zh + en


def test_a_workbook_cut_off_anywhere_is_cut_off(lite):
    content = book()
    for length in range(100, len(content), 97):
        receipt = lite(content[:length], name="a.xlsx", dry_run=True, limits=WEB)
        assert [problem.code for problem in receipt.problems] == ["E-F18"], length


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../报表.xlsx", "报表.xlsx"),
        ("报表\r\nX-Evil: 1.xlsx", "报表X-Evil 1.xlsx"),
        ("a.xlsx:ads.xlsx", "a.xlsxads.xlsx"),
        ("\u202exslx.exe.xlsx", "xslx.exe.xlsx"),
        ("x" * 300 + ".xlsx", "x" * 100),
    ],
)
def test_a_name_is_only_a_label(lite, name, label):
    receipt = lite(book(), name=name)
    assert (receipt.file_name, receipt.committed) == (label, True)


# -- a process of its own -----------------------------------------------------------------------------------

READ = {"max_unpacked": 500_000_000, "max_rows": None}


def large(rows: int) -> bytes:
    """A table of eight columns of numbers."""
    line = "".join(f'<c r="{letter}{{0}}"><v>{{0}}.5</v></c>' for letter in "ABCDEFGH")
    return with_rows("".join(f'<row r="{n}">{line.format(n)}</row>' for n in range(3, rows)).encode())


def refused(content: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        sandbox.isolated_workbook(content, **READ)
    return refusal.value.findings[0].code


def process() -> int:
    sandbox.warm()
    return sandbox._parent.process.pid


def test_tables_come_back_as_they_are_read_here():
    content = book(
        lambda b, s: [s.set_row(1, None, None, {"hidden": True}), b.add_worksheet("二").write(0, 0, 7)]
    )
    apart, here = sandbox.isolated_workbook(content, **READ), read_workbook(content, **READ)
    assert [(t.name, t.visible, t.epoch) for t in apart] == [(t.name, t.visible, t.epoch) for t in here]
    for one, other in zip(apart, here, strict=True):
        assert (
            one.lines.equals(other.lines)
            and one.notes.equals(other.notes)
            and one.merged.equals(other.merged)
        )


def test_a_workbook_that_needs_more_memory_is_refused_and_nothing_else_happens():
    assert refused(large(400_000)) == "E-F35"
    assert sandbox.isolated_workbook(book(), **READ)[0].cell("A2") == "SY001"


def test_a_reader_that_is_killed_is_a_refusal():
    parent = process()
    children = Path(f"/proc/{parent}/task/{parent}/children")
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(refused, large(100_000))
        while not (found := children.read_text().split()):
            assert not reading.done()
        os.kill(int(found[0]), signal.SIGKILL)
        assert reading.result() == "E-F35"


def test_marking_a_workbook_of_empty_formatted_cells_costs_this_process_nothing(lite):
    content = book(lambda b, s: s.write(1, 2, 150, b.add_format({"bold": True})))
    content = with_rows(formatted(40_000, b'<c s="1"/>' * 5), content)
    receipt = lite(content, name="a.xlsx", dry_run=True)
    sandbox.warm()
    with measured() as cost:
        back = annotated(content, {receipt.sheet: receipt.marks}, words("en"))
    assert cost["mb"] <= MOST_MB_OF_THE_WEB, cost
    cell = openpyxl.load_workbook(io.BytesIO(back)).active["C2"]
    assert "150" in cell.comment.text and cell.font.bold


def test_a_parent_that_is_killed_is_started_again():
    first = process()
    os.kill(first, signal.SIGKILL)
    sandbox._parent.process.wait()
    assert sandbox.isolated_workbook(book(), **READ)[0].cell("A2") == "SY001"
    assert process() != first


def test_many_workbooks_at_once_each_get_their_answer():
    books = {n: book(lambda b, s, n=n: s.write(2, 0, f"P{n}")) for n in range(24)}
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(lambda n: sandbox.isolated_workbook(books[n], **READ)[0].cell("A3"), books)
        assert list(found) == [f"P{n}" for n in books]


def test_the_process_knows_no_address_and_no_secret(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/name")
    sandbox._parent.stop()
    sandbox.isolated_workbook(book(lambda b, s: s.write(0, 0, 7)), **READ)  # once it answers they can be read
    surroundings = Path(f"/proc/{process()}/environ").read_bytes()
    assert b"secret" not in surroundings and b"POLARS_MAX_THREADS" in surroundings
