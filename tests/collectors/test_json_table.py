"""JSON is read strictly, to the digit, and comes in like any other file (H125, H126 of the catalogue)."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from collectors import json_faults, json_table
from collectors.forms import DISPATCH, FORMS
from collectors.intake import Limits
from collectors.json_table import Number, document, records_of, table, value_at
from collectors.layout import Layout
from collectors.problems import Refused, grouped, problem_text
from collectors.read import Sheet, read
from collectors.units import SHIFTS, in_our_unit
from models.reports import Report
from models.words import words


def refused(call: Callable[[], Any]) -> tuple[str, str, str]:
    """The code and the sentence in both languages of what a call refuses."""
    with pytest.raises(Refused) as caught:
        call()
    (problem,) = grouped(caught.value.findings)
    zh, en = (problem_text(problem, words(language)) for language in ("zh_CN", "en"))
    assert zh[1] and en[1]
    return problem.code, zh[0], en[0]


@pytest.mark.parametrize(
    ("text", "line", "position", "zh"),
    [
        ('[{"a":1},{"a":', 1, 15, "文本到此中断"),
        ('[{"a":"中', 1, 9, "文本到此中断"),
        ("[tru", 1, 5, "文本到此中断"),
        ("[1.", 1, 4, "文本到此中断"),
        ('["\\u00', 1, 7, "文本到此中断"),
        ("", 1, 1, "文本到此中断"),
        ('[{"a":1}]\nfoo', 2, 1, "结尾之后还有多余内容"),
        ('[{"a":1}] []', 1, 11, "结尾之后还有多余内容"),
        ('[\n{"a":NaN}]', 2, 6, "NaN、Infinity 不是数字"),
        ("[Infinity]", 1, 2, "NaN、Infinity 不是数字"),
        ("[-Infinity]", 1, 2, "NaN、Infinity 不是数字"),
        ("[1e999]", 1, 2, "数字大到超出任何数据的范围"),
        ("[-1E+400]", 1, 2, "数字大到超出任何数据的范围"),
        ("[" + "9" * 5_000 + "]", 1, 2, "数字超过 40 个字符"),
        ("[0." + "1" * 5_000 + "]", 1, 2, "数字超过 40 个字符"),
        ('[{"a":1,\n "a":2}]', 2, 2, "同一对象中该字段名出现两次"),
        ("[" * 100_000, 1, 33, "对象和列表嵌套超过 32 层"),
        ('{"a":' * 100_000, 1, 161, "对象和列表嵌套超过 32 层"),
        ('["\\ud800"]', 1, 3, "文本中有半个字符（孤立的代理码）"),
        ('["x\\udc00"]', 1, 4, "文本中有半个字符（孤立的代理码）"),
        ('["\\ud800\\ud800\\udc00"]', 1, 3, "文本中有半个字符（孤立的代理码）"),
        ('["a\tb"]', 1, 4, "文本中有控制字符"),
        ('["\\x"]', 1, 3, "反斜杠后面不是有效的转义"),
        ("[1,]", 1, 4, "此处不应出现该内容"),
        ("{'a':1}", 1, 2, "此处不应出现该内容"),
        ('{"a" 1}', 1, 6, "此处不应出现该内容"),
        ("[01]", 1, 3, "此处不应出现该内容"),
        ("[１]", 1, 2, "此处不应出现该内容"),
        ("// no\n[]", 1, 1, "此处不应出现该内容"),
    ],
)
def test_each_fault_is_named_with_line_and_character(text: str, line: int, position: int, zh: str) -> None:
    code, in_zh, in_en = refused(lambda: document(text.encode()))
    assert code == "H-JSON"
    assert in_zh.startswith(f"JSON 在第 {line} 行第 {position} 字处无法读取：{zh}")
    assert in_en.startswith(f"The JSON cannot be read at line {line}, character {position}: ")


@pytest.mark.parametrize(
    ("content", "zh"),
    [
        ("汉字".encode("gb18030"), "第 1 行第 1 字处不是 UTF-8：按 GB18030 可以读通"),
        ('[\n{"名":"'.encode() + b"\xff" + b'"}]', "第 2 行第 7 字处不是 UTF-8：这些字节不是文本"),
        (json.dumps(["x"]).encode("utf-16"), "第 1 行第 1 字处不是 UTF-8：编码为 UTF-16"),
    ],
)
def test_another_encoding_is_named_with_its_place(content: bytes, zh: str) -> None:
    code, in_zh, in_en = refused(lambda: document(content))
    assert code == "H-ENC" and zh in in_zh and "not UTF-8 at line" in in_en


def test_a_byte_order_mark_and_lines_of_objects_are_read() -> None:
    assert document(b'\xef\xbb\xbf[{"a":"b"}]') == [{"a": "b"}]
    assert document(b'{"a":"b"}\r\n\r\n{"a":"c"}\n') == [{"a": "b"}, {"a": "c"}]
    assert document(b'{"a":"b"}\n', lines=True) == [{"a": "b"}]
    code, zh, _ = refused(lambda: document(b'{"a":1}\n{"a":NaN}\n'))
    assert code == "H-JSON" and "第 2 行第 6 字" in zh


@pytest.mark.parametrize(
    "digits", ["0", "-0", "12.10", "0.1", "1e5", "1E-7", "100000000000000000001", "0.30000000000000004"]
)
def test_a_number_keeps_its_digits(digits: str) -> None:
    (found,) = document(f"[{digits}]".encode())
    assert type(found) is Number and found == digits


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8)
    | st.decimals(-(10**9), 10**9, places=6).map(lambda d: d + 0),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


def encoded(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return "[" + ",".join(map(encoded, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{encoded(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def plain(value: Any) -> Any:
    """As our reader gives it: numbers as their digits."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


@given(values)
@settings(deadline=None)
def test_what_is_well_formed_is_read_as_it_was_written(value: Any) -> None:
    text = encoded(value)
    assert document(text.encode()) == plain(value)
    assert json_faults.first_fault(text) is None


@given(st.text('{}[]:,"\\ux0d8c1e-.+ \ntrufalsn', max_size=30))
@settings(deadline=None, max_examples=500)
def test_both_readers_agree_on_what_is_json(text: str) -> None:
    """The walk that explains finds a fault exactly where the quick reader does not read."""
    fault = json_faults.first_fault(text)
    try:
        json_table._decoded(text)
        reads = True
    except (ValueError, RecursionError):
        reads = False
    assert reads == (fault is None)
    assert fault is None or 0 <= fault.at <= len(text)


# --- records ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "path", "expected"),
    [
        ([{"a": "1"}], None, 1),
        ({"data": {"list": [{"a": "1"}, {"a": "2"}]}}, "data.list", 2),
        ({"data": {"list": [{"a": "1"}]}, "code": "200"}, None, 1),
        ({"rows": [{"a": "1"}]}, None, 1),
        ([{"d": [{"a": "1"}]}, {"d": [{"a": "2"}]}], "*.d", 2),
        ([[{"a": "1"}], [{"a": "2"}]], "*", 2),
        ([{"a": "1"}], "", 1),
    ],
)
def test_records_are_where_they_are_said_to_be(found: Any, path: str | None, expected: int) -> None:
    assert len(records_of(found, path)) == expected


@pytest.mark.parametrize(
    ("found", "path", "zh"),
    [
        ({"a": "1"}, None, "处没有记录列表"),
        ({"data": {"x": []}}, "data.list", "data.list 处没有记录列表"),
        ({"data": {"list": {"a": "1"}}}, "data.list", "data.list 处没有记录列表"),
        ([{"d": "1"}], "*.d", "*.d 处没有记录列表"),
        ([{"a": "1"}, "x"], None, "第 2 条记录不是对象"),
        ("x", None, "处没有记录列表"),
    ],
)
def test_what_is_no_list_of_objects_is_said(found: Any, path: str | None, zh: str) -> None:
    code, in_zh, in_en = refused(lambda: records_of(found, path))
    assert code == "H-SCHEMA" and zh in in_zh and "not as declared" in in_en


def test_nested_objects_become_dotted_columns() -> None:
    found = table(document(b'[{"a":{"b":{"c":1.50},"d":null}},{"a":{"b":2},"e":[1,"x"],"f":true}]'))
    assert found.header == ("a.b", "a.b.c", "a.d", "e", "f")
    assert found.cells.rows() == [("", "1.50", "", "", ""), ("2", "", "", "1;x", "true")]
    assert found.kinds["a.b.c"] == {"number"} and found.kinds["e"] == {"list"}
    assert found.everywhere == frozenset(), "no column has a value in every record"


def test_a_table_has_its_limits() -> None:
    wide = [{f"f{n}": "1" for n in range(501)}]
    assert "不同字段超过 500 个" in refused(lambda: table(wide))[1]
    deep: Any = "1"
    for _ in range(40):
        deep = {"a": deep}
    assert "嵌套超过 32 层" in refused(lambda: table([deep]))[1]
    assert value_at({"a": "1"}, "a.b.c") is None


# --- as a file ----------------------------------------------------------------------------------------------


def sheet(value: Any, name: str = "x.json", **layout: Any) -> Sheet:
    content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return read(content, name, Limits(), tuple(FORMS.values()), layout=Layout(**layout))


ROW = {"项目编号": "SY001", "截止日期": "2026-10-31", "形象进度（%）": 60.5}


def test_a_json_file_finds_its_form_by_its_fields() -> None:
    found = sheet([ROW, ROW | {"code": None}])
    assert found.form is DISPATCH and found.columns == {"code": 0, "as_of": 1, "physical_pct": 2}
    assert found.row_no.to_list() == [2, 3], "record 1 is row 2"
    assert found.label(2) == "C 形象进度（%）"
    assert sheet([{"code": "P1", "month": "2026-01", "planned_pct": 5}]).form is FORMS["plan"]


def test_json_is_known_by_name_and_first_sign_or_by_word() -> None:
    content = json.dumps([ROW]).encode()
    assert sheet(b"\xef\xbb\xbf \n" + content).encoding == "utf-8"
    assert sheet(content, "body", format="json").columns
    assert sheet(b'{"code":"P1","as_of":"2026-10-31"}', "x.jsonl", format="jsonl").row_no.to_list() == [2]
    with pytest.raises(Refused):
        sheet(content, "x.csv")


def test_declared_fields_are_the_only_ones() -> None:
    rows = [{"xmbh": "SY001", "jd": {"xx": 60}, "code": "other", "stage": "unrelated", "rq": "2026-10-31"}]
    fields = (("code", "xmbh"), ("physical_pct", "jd.xx"), ("as_of", "rq"))
    found = sheet(rows, fields=fields)
    assert found.header == ("xmbh", "jd.xx", "rq")
    assert found.columns == {"code": 0, "physical_pct": 1, "as_of": 2}


def test_a_constant_fills_a_column_that_the_data_lack() -> None:
    found = sheet([{"code": "SY001", "progress": 60}], constants=(("as_of", "2026-10-31"), ("code", "x")))
    assert found.columns == {"code": 0, "physical_pct": 1, "as_of": 2}
    assert found.cells.row(0) == ("SY001", "60", "2026-10-31")
    renamed = sheet(
        [{"xmbh": "SY001", "jd": 5}],
        fields=(("code", "xmbh"), ("physical_pct", "jd")),
        constants=(("as_of", "2026-10-31"),),
    )
    assert renamed.columns == {"code": 0, "physical_pct": 1, "as_of": 2}


@pytest.mark.parametrize(
    ("unit", "written", "expected"),
    [
        ("元", "5122500", "512.25"), ("元", "5122500.50", "512.25005"), ("元", "1", "0.0001"), ("元", "0", "0"),
        ("元", "-20000", "-2"), ("千元", "12345", "1234.5"), ("百万元", "1.5", "150"), ("亿元", "0.12345", "1234.5"),
        ("亿元", "3", "30000"), ("share", "0.605", "60.5"), ("share", "1", "100"), ("share", "0.60501", "60.501"),
        ("元", "n/a", "n/a"), ("元", "", ""), ("元", "1e5", "1e5"), ("元", "1,000", "1,000"),
    ],
)  # fmt: skip
def test_another_unit_moves_the_point_and_nothing_else(unit: str, written: str, expected: str) -> None:
    assert in_our_unit(pl.Series("x", [written]), unit).to_list() == [expected]


@given(st.decimals(-(10**12), 10**12, places=4), st.sampled_from(sorted(SHIFTS)))
def test_a_converted_number_is_the_same_amount(number: Decimal, unit: str) -> None:
    (found,) = in_our_unit(pl.Series("x", [f"{number:f}"]), unit)
    assert Decimal(found) == number.scaleb(SHIFTS[unit][1])


def test_units_apply_to_the_columns_that_declare_them() -> None:
    rows = [{"code": "SY001", "as_of": "2026-10-31", "invested": 5_122_500, "spent": 7, "progress": 0.605}]
    found = sheet(rows, units=(("invested", "元"), ("physical_pct", "share")))
    assert found.cells.row(0) == ("SY001", "2026-10-31", "512.25", "7", "60.5")


def test_unknown_fields_and_values_that_are_several_are_said() -> None:
    code, zh, en = refused(lambda: sheet([{"foo": "1", "bar": "2"}]))
    assert code == "H-SCHEMA" and "没有任何应有的字段：现有 foo, bar" in zh and "it has foo, bar" in en
    code, zh, _ = refused(lambda: sheet([ROW | {"进展情况": ["a", "b"]}]))
    assert code == "H-SCHEMA" and "字段 进展情况 含有多个值" in zh
    assert refused(lambda: sheet([]))[0] == "E-F02"
    with pytest.raises(Refused):
        read(json.dumps([ROW] * 3).encode(), "x.json", Limits(max_rows=2), tuple(FORMS.values()))


def test_take_in_accepts_json_like_csv(registered, now) -> None:
    give = registered
    rows = [{"code": "SY001", "as_of": "2026-10-31", "progress": 60.10, "invested": 512.25, "stage": "在建"}]
    first = give(json.dumps(rows, ensure_ascii=False), name="十月.json", form="dispatch")
    assert (first.committed, first.new, first.encoding) == (True, 1, "utf-8")
    as_csv = (
        "项目编号,截止日期,形象进度（%）,累计完成投资（万元）,建设阶段\nSY001,2026-10-31,60.10,512.25,在建\n"
    )
    again = give(as_csv, form="dispatch")
    assert (again.same, again.committed) == (1, False), "the same figures, whichever way they are written"


def test_a_problem_names_the_record_as_its_row(registered) -> None:
    rows = [{"code": "SY001", "as_of": "2026-10-31", "progress": p} for p in (50, 135)]
    rows[0]["code"] = "SY002"
    found = registered(json.dumps(rows), name="x.json", form="dispatch")
    (problem,) = [p for p in found.problems if p.code == "E-C77"]
    assert (problem.row, problem.column, problem.found) == (3, "C progress", "135")
    assert not found.ok


def test_an_amount_comes_through_to_the_fen(lite, sqlite_db) -> None:
    body = '[{"code":"SY001","as_of":"2026-10-31","invested":999.999999,"spent":0.1}]'
    assert lite(body, name="x.json", form="dispatch").committed
    with Session(sqlite_db.ro) as session:
        stored = session.exec(select(Report)).one()
    assert (stored.invested, stored.spent) == (999_999_999, 100_000)
