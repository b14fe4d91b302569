"""A mapping's TOML: every key is documented, and what is wrong is told in one line that names the key."""

import re
from pathlib import Path

import pytest

from collectors.mapping import MappingError, known_mappings, load_mapping, read_mapping
from collectors.mapping.declared import FieldTold, MappingTold, PlacesTold, ProgrammeTold
from models.words import words

REFERENCE = (Path(__file__).parents[2] / "docs" / "mapping.toml").read_text(encoding="utf-8")

CITY = """
name = "monthly"
version = "1"
forms = ["dispatch"]
[fields]
code = { column = "id" }
as_of = { column = "day" }
spent = { column = "paid" }
"""


@pytest.mark.parametrize("model", [MappingTold, FieldTold, ProgrammeTold, PlacesTold])
def test_the_reference_explains_every_key(model) -> None:
    for key in model.model_fields:
        told = re.search(rf"(^|[{{,])\s*(# )?{key} = |^\[(places|fields)?\.?{key}[.\]]", REFERENCE, re.M)
        assert told, f"{model.__name__}.{key}"


def test_the_reference_is_a_mapping_itself() -> None:
    mapping = read_mapping(REFERENCE, "mapping.toml")
    assert [form.name for form in mapping.forms] == ["projects", "dispatch"]


def test_every_carried_mapping_is_right() -> None:
    assert known_mappings() == ["mexico_opa", "nyc_sca"]
    for name in known_mappings():
        assert load_mapping(name).name == name
    assert load_mapping("../../docs/mapping") is None


WRONG = [
    ("name", 'name = "monthly"', 'name = "Monthly report"', "2 to 40 of"),
    ("name", 'name = "monthly"', 'name = "dispatch"', "not a form's name"),
    ("version", 'version = "1"', "version = 1", "text in quotation marks"),
    ("version", 'version = "1"', "", "this key is missing"),
    ("forms", '["dispatch"]', '["dispach"]', "known: dispatch,"),
    ("forms", '["dispatch"]', '["dispatch", "funds"]', "one form is expected"),
    ("fields.spend", "spent =", "spend =", "known: spent,"),
    ("fields.spent.colum", '"paid"', '"paid", colum = "x"', "known here: column,"),
    ("fields.spent", 'column = "paid"', 'columns = ["a"], column = "b"', "one of column, columns and key"),
    ("fields.spent.unit", '"paid"', '"paid", unit = "percent"', "units of this column: yuan, thousand"),
    ("fields.spent.unit", '"paid"', '"paid", unit = "wan"', "one of"),
    ("fields.spent.factor", '"paid"', '"paid", factor = "1e3"', "a decimal number"),
    ("fields.spent.dates", '"paid"', '"paid", dates = ["d/m/yyyy"]', "only dates and months"),
    ("fields.as_of.dates", '"day"', '"day", dates = ["m/d"]', "“m/d” is no form of a date"),
    ("fields.code.required", '"id"', '"id", required = false', "cannot do without"),
    ("fields.spent.others", '"paid"', '"paid", others = "blank"', "it goes with values"),
    ("fields.spent.readable", '"paid"', '"paid", readable = ["a"]', "it goes with key"),
    ("fields", 'code = { column = "id" }', "", "dispatch.code"),
    ("dates", "[fields]", 'dates = ["yyyy"]\n[fields]', "no form of a date"),
    ("encodings", "[fields]", 'encodings = ["utf-9"]\n[fields]', "names of encodings"),
    ("bad_rows", "[fields]", 'bad_rows = "drop"\n[fields]', "'refuse', 'set_aside'"),
    ("plan_changes", "[fields]", 'plan_changes = "in_force"\n[fields]', "in_force needs a [programme]"),
    ("as_of_name", "[fields]", "as_of_name = '([0-9]'\n[fields]", "(?<year>"),
    ("as_of_day", "[fields]", 'as_of_day = "13-31"\n[fields]', "12-31"),
    ("cumulative", "[fields]", 'cumulative = ["paid"]\n[fields]', "declared fields"),
    ("constants.stage", "[fields]", '[constants]\nstage = "在建"\nspent = "1"\n[fields]', ""),
    ("places", "[fields]", '[places]\nprovince=["EX","a","b"]\nprefix="EX-"\n[fields]', "[programme]"),
    ("programme", "[fields]", '[programme]\ncode="x_y"\nname_zh="a"\nname_en="b"\n[fields]', "form projects"),
    ("TOML", "[fields]", "[fields", "this is not TOML"),
]


@pytest.mark.parametrize(("key", "was", "now_is", "said"), WRONG, ids=[f"{w[0]}: {w[3]}" for w in WRONG])
def test_what_is_wrong_is_told_in_one_line_with_its_key(key, was, now_is, said) -> None:
    assert was in CITY
    if said == "":  # a constant beside a field of the same name
        key = "constants.spent"
    with pytest.raises(MappingError) as told:
        read_mapping(CITY.replace(was, now_is, 1), "monthly.toml")
    line = str(told.value)
    assert told.value.key == key and said in line and "\n" not in line
    zh = told.value.text(words("zh_CN"))
    assert zh != line and key in zh


PLACED = [
    ('prefix = "EX-"', 'prefix = "32"', "places.prefix"),
    ('["EX", "示例国", "Exampleland"]', '["320000", "江苏", "Jiangsu"]', "places.province"),
    ('["EX", "示例国", "Exampleland"]', '["XPCC", "a", "b"]', "places.province"),
    ('# numbered = ["示例国第{n}区", "District {n}"]', 'numbered = ["{n}", "{n}"]', "places"),
    ('code = "example_works" ', 'code = "pilot" ', "programme.code"),
    ('currency = "EUR"', 'currency = "euro"', "programme.currency"),
    ("report_every_months = 12", "report_every_months = 5", "programme.report_every_months"),
    ('[fields.city]\ncolumn = "Region"', "", "fields.city"),
    (
        "total_investment_moves_percent = 10",
        "total_investment_moves_percent = 101",
        "total_investment_moves_percent",
    ),
    ('02 = ["西区", "West"]', '02 = ["西区"]', "places.names"),
    ('[constants]\nkind = "point"', '[constants]\nkind = "point"\napproved_on = "2020-01-01"', "fields"),
]


@pytest.mark.parametrize(("was", "now_is", "key"), PLACED, ids=[f"{p[2]}: {p[1]}" for p in PLACED])
def test_a_programme_of_its_own_cannot_touch_the_pilot(was, now_is, key) -> None:
    assert was in REFERENCE
    with pytest.raises(MappingError) as told:
        read_mapping(REFERENCE.replace(was, now_is, 1), "x.toml")
    assert told.value.key == key
