"""A draft finds what the whole sample shows, says what it is not sure of, and invents nothing."""

import io
import tomllib

import pytest
import xlsxwriter

from collectors.forms import FORMS
from collectors.mapping import MappingError, read_mapping
from collectors.mapping.draft import drafted
from collectors.mapping.sample import Seen, columns_of, read_sample
from collectors.read import Limits
from collectors.template import header
from models.words import words

EN = words("en")


def draft(content: str | bytes, name: str = "x.csv", **options) -> tuple[dict, str]:
    body = content.encode() if isinstance(content, str) else content
    text = drafted(read_sample(body, name, Limits()), name, EN, **options).text
    return tomllib.loads(text), text


CITY = """沈阳市试点项目月报,,,,,,
项目编码,月份,累计完成投资（元）,工程进度,项目状态,填报说明,经办
SY001,2026年9月,"5,000,000",0.35,施工,设备进场,张
SY002,2026年9月,待定,0.5,停工,,李
SY003,2026年9月,"1,200,000",0.75,施工,安装,王
"""


def test_a_citys_own_file_is_drafted_below_its_title_row() -> None:
    told, text = draft(CITY, "沈阳月报202609.csv", form="dispatch")
    assert told["fields"]["code"] == {"column": "项目编码"}
    assert told["fields"]["invested"] == {"column": "累计完成投资（元）"} and told["amounts"] == "yuan"
    assert told["fields"]["physical_pct"] == {"column": "工程进度", "unit": "fraction"}
    assert told["fields"]["stage"]["values"] == {"施工": "continuing"} and "停工 1" in text
    assert told["fields"]["as_of"] == {"column": "月份"} and told["dates"] == ["yyyy年m月 last"]
    assert told["skip_words"] == ["待定"] and "待定 1" in text
    assert "经办: " in text.split("no field uses")[1]


def test_a_drafted_mapping_takes_its_file_in(registered) -> None:
    _, text = draft(CITY, "月报.csv", form="dispatch")
    receipt = registered(
        CITY.replace("SY003", "SY002").replace("2026年9月,待定", "2026年8月,待定"),
        mapping=read_mapping(text, "x"),
    )
    assert (receipt.rows, receipt.new) == (3, 3), receipt.problems


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_forms_own_template_is_drafted_without_a_doubt_about_its_columns(name, language) -> None:
    form = FORMS[name]
    titles = header(form, words(language))
    filled = {
        "date": "2026-09-30",
        "month": "2026-09",
        "money": "10",
        "percent": "5",
        "count": "3",
        "year": "2026",
        "score": "80",
    }
    cells = [filled.get(str(column.cell), f"x{i}") for i, column in enumerate(form.columns)]
    codes = [
        str(next(iter(c.choices))) if c.choices else cell for c, cell in zip(form.columns, cells, strict=True)
    ]
    lines = [",".join(titles), ",".join(codes), ",".join("" for _ in codes[1:]) + ",z"]
    told, text = draft("\n".join(lines), form=name)
    for column, title in zip(form.columns, titles, strict=True):
        if not column.shown_only and column.name != "code":
            assert told["fields"][column.name]["column"].strip("*") == title.strip("*"), text
    read_mapping(text, "x")


def test_the_fitting_form_is_found(projects_csv, dispatch_header) -> None:
    assert draft(dispatch_header + "A,2026-09-30,1,1,1,1,1,1,在建,x\n")[0]["forms"] == ["dispatch"]
    both = projects_csv.replace("\n", ",形象进度,支出\n", 1).replace("2027-12-31", "2027-12-31,5,6")
    assert draft(both)[0]["forms"] == ["projects", "dispatch"]


def test_days_that_can_be_read_in_two_ways_are_asked_about() -> None:
    told, text = draft("id,Planned start,Planned end\nA,01/02/2026,03/04/2026\n", form="projects")
    assert told["dates"] == ["d/m/yyyy"] and "d/m/yyyy or m/d/yyyy?" in text
    told, text = draft("id,Planned start,Planned end\nA,01/02/2026,03/14/2026\n", form="projects")
    assert told["dates"] == ["m/d/yyyy"] and "or m/d/yyyy?" not in text


def test_a_workbooks_own_dates_need_no_form() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["编号", "截止日期", "支出"])
    sheet.write_row(1, 0, ["A1"])
    sheet.write_datetime(
        1, 1, __import__("datetime").date(2026, 9, 30), book.add_format({"num_format": "yyyy-mm-dd"})
    )
    sheet.write_number(1, 2, 5)
    book.close()
    told, _ = draft(out.getvalue(), "x.xlsx", form="dispatch")
    assert "dates" not in told and told["fields"]["as_of"] == {"column": "截止日期"}


def test_where_no_column_tells_rows_apart_a_key_is_proposed_with_its_doubles() -> None:
    rows = "".join(f"B{i % 5},P{i // 5},works\n" for i in range(20)) + "B0,P0,works\n"
    told, text = draft("Building,Phase,Kind of works\n" + rows, form="dispatch")
    assert set(told["fields"]["code"]["key"]) >= {"Building", "Phase"}
    assert "2 rows have the same key as another one" in text


def test_cells_cannot_break_out_of_a_comment_or_a_text() -> None:
    nasty = 'id,"a ""quoted""\nheader",note\nA1,"x\x0b\ny = 1",1\nA2,"]""' + "'''" + '",2\n'
    told, _ = draft(nasty, 'no\n"[x].csv')
    assert set(told) <= {
        "name",
        "version",
        "forms",
        "bad_rows",
        "amounts",
        "constants",
        "fields",
        "skip_words",
        "dates",
    }


def test_the_real_sample_is_understood_as_a_whole(shared) -> None:
    path = shared / "data" / "nyc_sca" / "sca_asof_2024-06-30.csv"
    told, text = draft(path.read_bytes(), path.name)
    assert told["forms"] == ["projects", "dispatch"] and told["dates"] == ["m/d/yyyy"]
    assert set(told["skip_words"]) == {
        *(
            "DOER",
            "DOES",
            "DIIR",
            "IEH",
            "FTK",
            "DIIS",
            "EMER",
            "DIIT",
            "DOEL",
            "TPL",
            "DOEP",
            "PNS",
            "IPDV",
            "BOE",
        )
    }
    assert told["amounts"] == "yuan" and "PNS 8,312" in text
    assert set(told["fields"]["code"]["key"]) == {
        *("Project Building Identifier", "DSF Number(s)", "Project Phase Name", "Project Description")
    }
    assert "30 rows have the same key" in text
    assert told["fields"]["planned_end"]["column"] == "Project Phase Planned End Date"
    assert told["fields"]["stage"]["values"] == {"In-Progress": "continuing", "Complete": "completed"}
    with pytest.raises(MappingError, match="unit_name"):  # nothing says who implements a phase: not invented
        read_mapping(text, "x")


def test_an_apostrophe_before_every_code_is_seen(shared) -> None:
    path = next((shared / "data" / "mexico_opa").glob("opa_2021_*.csv"))
    told, text = draft(path.read_bytes(), path.name, form="dispatch")
    assert told["fields"]["code"] == {"column": "CVE_CARTERA", "strip_prefix": "'"}
    assert told["encodings"] == ["utf-8", "latin-1"] and "blank or doubled in 6 rows" in text
    assert (told["as_of_name"], told["as_of_day"]) == ("(?<year>[0-9]{4})", "12-31")


def test_a_column_is_seen_for_what_its_cells_are() -> None:
    sheet = read_sample(b"a,b,c\n1,5/31/2026,x1\n2,TBD,x2\n,6/1/2026,\n", "x.csv", Limits())
    seen: list[Seen] = columns_of(sheet)
    assert [column.kind for column in seen] == ["number", "date", "text"]
    assert seen[1].date_forms == ["m/d/yyyy"] and seen[1].words.to_list() == ["TBD"]
