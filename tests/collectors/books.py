"""Workbooks for tests: small good ones, and what can be done to them."""

import io
import zipfile
from collections.abc import Callable

import xlsxwriter

HEADER = ["项目编号", "截止日期", "形象进度（%）", "累计完成投资（万元）", "进展情况"]
ROW = ["SY001", "2026-10-31", 50, 500, "安装"]
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def book(fill: Callable = lambda made, sheet: None) -> bytes:
    """A dispatch form with one good row; ``fill`` writes more into it."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("调度表")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ROW)
    fill(made, sheet)
    made.close()
    return out.getvalue()


def changed(content: bytes, changes: dict[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """The workbook with parts added, replaced, or changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, change in changes.items():
            new.writestr(name, change(old.read(name)) if callable(change) else change)
    return out.getvalue()


def with_rows(rows: bytes, content: bytes | None = None) -> bytes:
    """The form with more rows behind its first one, as XML."""
    return changed(
        content or book(), {SHEET: lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>")}
    )
