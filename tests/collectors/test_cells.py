"""Cells are read exactly or not at all."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import cells, texts
from models.money import MAX_FEN, to_wan


def read(parser, text, **options):
    """(value, code) of one cell."""
    parsed = parser(pl.Series("x", [text]), **options)
    return parsed.values[0], (parsed.codes[0] if parsed.codes is not None else "")


@pytest.mark.parametrize(
    ("text", "fen", "code"),
    [
        ("", None, ""),
        ("0", 0, ""),
        ("-0", 0, ""),
        ("-0.00", 0, ""),
        ("12.5", 12_500_000, ""),
        ("0.000001", 1, ""),
        ("1,234", 1_234_000_000, ""),
        ("1，234.5", 1_234_500_000, ""),
        ("1 234", 1_234_000_000, ""),
        ("１２３", 123_000_000, ""),
        (" 7 ", 7_000_000, ""),
        ("12.5000000000", 12_500_000, ""),
        ("1,23", None, "E-C60"),
        ("12,34,567", None, "E-C60"),
        ("1.234,56", None, "E-C62"),
        ("12万", None, "E-C63"),
        ("3.5亿", None, "E-C63"),
        ("￥100", None, "E-C63"),
        ("100 元", None, "E-C63"),
        ("1_000", None, "E-C67"),
        ("0x10", None, "E-C67"),
        ("--5", None, "E-C67"),
        ("+5", None, "E-C67"),
        ("abc", None, "E-C67"),
        ("1e5", None, "E-C68"),
        ("1E+06", None, "E-C68"),
        ("NaN", None, "E-C69"),
        ("inf", None, "E-C69"),
        ("٣٤", None, "E-C70"),
        ("²", None, "E-C70"),
        ("一百", None, "E-C70"),
        ("(1,200)", None, "E-C72"),
        ("-5", None, "E-C72"),
        ("9" * 30, None, "E-C74"),
        ("10000000000", None, "E-C74"),
        ("0.1234567", None, "E-C75"),
        ("#DIV/0!", None, "E-C89"),
    ],
)
def test_money_is_exact_or_refused(text, fen, code):
    assert read(cells.money, text) == (fen, code)


@given(st.integers(min_value=0, max_value=MAX_FEN))
def test_the_same_digits_of_money_come_out_again(fen):
    assert read(cells.money, str(to_wan(fen))) == (fen, "")
    assert read(cells.money, f"{to_wan(fen):,}") == (fen, "")


@given(st.integers(min_value=0, max_value=10_000))
def test_percent_is_exact_to_the_basis_point(basis_points):
    text = str(Decimal(basis_points) / 100)
    assert read(cells.percent, text) == (basis_points, "")
    assert read(cells.percent, text + "%") == (basis_points, "")


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("50％", 5000, ""),
        ("５０％", 5000, ""),
        ("100", 10_000, ""),
        ("100.00", 10_000, ""),
        ("100.01", None, "E-C77"),
        ("101%", None, "E-C77"),
        ("-3%", None, "E-C77"),
        ("33.333", None, "E-C75"),
        ("已完工", None, "E-C78"),
    ],
)
def test_progress_is_between_0_and_100(text, value, code):
    assert read(cells.percent, text) == (value, code)


def test_a_bare_fraction_is_asked_about_and_a_signed_one_is_not():
    parsed = cells.percent(pl.Series("x", ["0.5", "0.5%", "50", "0"]))
    assert dict(parsed.warnings)["W-C76"].to_list() == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("2024-01-05", date(2024, 1, 5), ""),
        ("2024/1/5", date(2024, 1, 5), ""),
        ("2024.1.5", date(2024, 1, 5), ""),
        ("2024年1月5日", date(2024, 1, 5), ""),
        ("20240105", date(2024, 1, 5), ""),
        ("2024-01-05 00:00:00", date(2024, 1, 5), ""),
        ("２０２４－０１－０５", date(2024, 1, 5), ""),
        ("2024-01-05 15:30", date(2024, 1, 5), ""),
        ("2024年1月5日 9:05", date(2024, 1, 5), ""),
        ("2024-01-05T23:59:59.999+08:00", date(2024, 1, 5), ""),
        ("2024-01-04T16:00:00.000Z", date(2024, 1, 5), ""),
        ("2024-01-05T15:59:59Z", date(2024, 1, 5), ""),
        ("2024-01-05T01:00-0800", date(2024, 1, 5), ""),
        ("2024-01-05T08:00-08:00", date(2024, 1, 6), ""),
        ("2024-01-05 24:00", None, "E-C85"),
        ("2024-01-05 12:60", None, "E-C85"),
        ("2024-13-05 12:00", None, "E-C84"),
        ("2024-02-29", date(2024, 2, 29), ""),
        ("2023-02-29", None, "E-C84"),
        ("2024-13-01", None, "E-C84"),
        ("01/05/2024", None, "E-C83"),
        ("5-Jan", None, "E-C83"),
        ("1999-12-31", None, "E-C81"),
        ("45296", None, "E-C84"),
        ("#REF!", None, "E-C89"),
    ],
)
def test_days_come_in_a_closed_list_of_forms(text, day, code):
    assert read(cells.day, text) == (day, code)


def test_a_time_that_was_left_out_is_said_unless_it_is_midnight_in_china():
    said = {
        "2024-01-05": False,
        "2024-01-05 00:00:00": False,
        "2024-01-05T00:00+08:00": False,
        "2024-01-04T16:00:00Z": False,
        "2024-01-05T00:00:00Z": True,
        "2024-01-05 15:30": True,
        "2024-01-05 24:00": False,
    }
    assert dict(cells.day(pl.Series(list(said))).warnings)["W-C85"].to_list() == list(said.values())


def test_excel_serials_are_days_only_in_workbooks():
    assert read(cells.day, "45296", epoch=cells.EPOCH_1900) == (date(2024, 1, 5), "")


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2199, 12, 31)))
def test_every_way_to_write_a_day_is_the_same_day(on):
    serial = (on - cells.EPOCH_1900).days
    ways = [
        f"{on}",
        f"{on:%Y/%m/%d}",
        f"{on.year}年{on.month}月{on.day}日",
        f"{on:%Y%m%d}",
        f"{on.year}.{on.month}.{on.day}",
    ]
    ways = [way for way in ways if not (way.startswith("21") and len(way) == 8 and way.isdigit())]
    assert {read(cells.day, way) for way in ways} == {(on, "")}
    if serial < 80_000:
        assert read(cells.day, str(serial), epoch=cells.EPOCH_1900) == (on, "")


@pytest.mark.parametrize("text", ["2026-03", "2026/3", "2026年3月", "202603", "2026-03-15", "20260315"])
def test_months_in_the_usual_forms(text):
    assert read(cells.month, text) == (date(2026, 3, 1), "")


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("001", "001", ""),
        ("320500202401150017", "320500202401150017", ""),
        ("1E5", "1E5", ""),
        ("ＳＺ００１", "SZ001", ""),
        ("SZ001\u200b", "SZ001", ""),
        ("NA", "NA", ""),
        ("3.205E+17", None, "E-C55"),
        ("a\u202eb", None, "E-C95"),
    ],
)
def test_codes_keep_every_digit(text, value, code):
    assert read(texts.code, text, max_length=64) == (value, code)


@given(
    st.text(st.characters(categories=["Lu", "Ll", "Nd", "Pd"], max_codepoint=0x7E), min_size=1, max_size=40)
)
def test_plain_codes_come_out_as_they_went_in(code):
    if not code.startswith("-"):
        assert read(texts.code, code, max_length=64)[0] in (code, None)


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>", ""),
        ("'=1+1", "=1+1", ""),
        ("=1+1", "=1+1", ""),
        ("'quoted'", "'quoted'", ""),
        ("㛃𬍛👍", "㛃𬍛👍", ""),
        ("无", "无", ""),
        ("a\x0bb", None, "E-C98"),
        ("a\u202eb", None, "E-C95"),
        ("锟斤拷", None, "E-F25"),
        ("字" * 501, None, "E-C97"),
    ],
)
def test_text_is_data(text, value, code):
    assert read(texts.text, text, max_length=500) == (value, code)


@pytest.mark.parametrize(
    ("text", "code"),
    [("91350100M000100Y43", ""), ("91350100M000100Y44", "E-C111"), ("123", "E-C111"), ("", "")],
)
def test_the_check_character_of_a_credit_code_is_verified(text, code):
    assert read(texts.credit_code, text)[1] == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("13", ""),
        ("431", ""),
        ("C36", ""),
        ("365", ""),
        ("12", "E-C112"),
        ("44", "E-C112"),
        ("3", "E-C112"),
        ("3611", "E-C112"),
    ],
)
def test_industries_are_manufacturing(text, code):
    assert read(texts.industry, text)[1] == code


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("无锡市:30;宜昌市:20", "320200:30;420500:20", ""),
        ("无锡市：33.5；宜昌市", "320200:33.5;420500", ""),
        ("无锡市:60;宜昌市:50", None, "E-C114"),
        ("无锡市:x", None, "E-C114"),
        ("某市:10", None, "E-C114"),
    ],
)
def test_partner_cities_and_their_shares(text, value, code):
    places = {"无锡市": "320200", "宜昌市": "420500"}
    assert read(texts.partners, text, places=places) == (value, code)
