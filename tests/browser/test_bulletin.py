"""The bulletin in a browser: chosen, read, taken along in three forms with the page's own figures, reproduced by its link."""

import io
import re
from collections.abc import Callable

import pypdfium2
import pytest
from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def taken(page: Page, form: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=form).click()
    assert download.value.suggested_filename.endswith(f".{form.lower()}")
    return download.value.path().read_bytes()


@pytest.mark.parametrize(("language", "first"), [("zh-CN", "一、总体情况"), ("en-US", "1. Overall standing")])
def test_what_is_taken_along_holds_the_figures_of_the_page(desk: Open, language: str, first: str) -> None:
    page = desk("liaoning", path="/bulletin?rhythm=weekly", language=language)
    expect(page.get_by_role("heading", name=first)).to_be_visible()
    rows = [
        row.locator("td").all_inner_texts() for row in page.locator("article table").first.locator("tr").all()
    ]
    figures = [[text.strip() for text in row] for row in rows[1:]]
    document = Document(io.BytesIO(taken(page, "DOCX")))
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows][1:] == figures
    sheet = load_workbook(io.BytesIO(taken(page, "XLSX"))).worksheets[1]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_row=len(figures) + 1)]
    assert [[str(value) for value in row] for row in cells] == [
        [t.lstrip("+") for t in row] for row in figures
    ]
    pdf = pypdfium2.PdfDocument(taken(page, "PDF"))
    text = "".join("".join(one.get_textpage().get_text_range() for one in pdf).split())
    assert len(pdf) == 2 and all("".join("".join(row).split()) in text for row in figures)
    pdf.close()


def test_the_address_of_a_bulletin_reproduces_it(desk: Open) -> None:
    page = desk("shenyang", path="/bulletin?rhythm=monthly")
    expect(page).to_have_url(re.compile("known_at="))
    said = page.locator("article").inner_text()
    page.goto(page.url)
    expect(page.locator("article")).to_be_visible()
    assert page.locator("article").inner_text() == said


def test_another_city_by_hand_shows_nothing(desk: Open) -> None:
    page = desk("shenyang", path="/bulletin?place=150200")
    expect(page.get_by_text("不在您的查看范围内")).to_be_visible()
    assert page.locator("article").count() == 0
