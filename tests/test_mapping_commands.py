"""``manage.py mapping``: what a person on the command line gets, and that nothing is stored."""

import json
from pathlib import Path

import sqlalchemy as sa

from models.db import open_database
from models.projects import Project
from tests.program import Program, program
from tests.test_command_line import PROJECTS

__all__ = ["program"]

MAPPING = """
name = "yearly"
version = "1"
forms = ["projects"]
amounts = "yuan"
dates = ["d/m/yyyy"]
skip_words = ["TBD"]
[constants]
kind = "point"
city = "沈阳市"
[fields]
code = { column = "Id" }
name = { column = "Title" }
unit_name = { column = "Who" }
planned_start = { column = "From" }
planned_end = { column = "To" }
total_investment = { column = "Cost", required = false }
"""
FILE = "Id ,Title,Who,From,To,Cost\nA1,Hall,Works,1/2/2026,31/12/2026,1000000.5\nA2,Yard,Works,1/2/2026,31/12/2026,TBD\n"


def projects(folder: Path) -> int:
    db = open_database(f"sqlite:///{folder / 'dispatch.db'}")
    with db.ro.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(Project.__table__))


def test_a_mapping_in_a_file_is_previewed_and_then_imported(program: Program, tmp_path: Path) -> None:
    program.file("x.csv", FILE)
    program.file("yearly.toml", MAPPING)
    shown = program.run("mapping", "preview", "x.csv", "--mapping", "yearly.toml", "--rows", "1")
    assert shown.returncode == 0, shown.stderr
    assert '"2","A1","Hall","沈阳市"' not in shown.stdout  # places are shown by their code
    assert '"Hall"' in shown.stdout and '"100.00005"' in shown.stdout and "Yard" not in shown.stdout
    assert "Rows 2 · new 2" in shown.stdout and "TBD 1" in shown.stdout
    assert projects(tmp_path) == 0
    found = program.json("mapping", "preview", "x.csv", "--mapping", "yearly.toml")
    assert (found["rows"], found["new"], list(found["forms"])) == (2, 2, ["projects"])
    taken = program.json("import", "x.csv", "--mapping", "yearly.toml")
    assert taken["new"] == 2 and projects(tmp_path) == 2
    assert program.json("status")["groups"]  # a city's own projects are judged at once, as after any report


def test_a_wrong_mapping_is_one_line_and_a_refusal(program: Program) -> None:
    program.file("x.csv", FILE)
    program.file("bad.toml", MAPPING.replace("forms", "form"))
    for words in (("import", "x.csv"), ("mapping", "preview", "x.csv")):
        done = program.run(*words, "--mapping", "bad.toml")
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith("Mapping bad.toml, form: there is no such key; known here: forms, ")
        assert "\n" not in done.stderr.strip()
    assert program.run("mapping", "preview", "x.csv", "--mapping", "nope").returncode == 1
    assert "nyc_sca" in program.run("mapping", "preview", "x.csv", "--mapping", "nowhere.toml").stderr


def test_the_carried_mappings_are_listed(program: Program) -> None:
    listed = program.run("mapping", "list").stdout
    assert "mexico_opa" in listed and "New York City school construction" in listed
    assert {m["name"] for m in program.json("mapping", "list")["mappings"]} == {"mexico_opa", "nyc_sca"}


def test_a_draft_is_written_and_never_over_a_file(program: Program, tmp_path: Path) -> None:
    program.file("p.csv", PROJECTS)
    done = program.run("mapping", "draft", "p.csv", "--form", "projects", "--out", "p.toml")
    assert done.returncode == 0 and "p.toml" in done.stdout and done.stderr == ""
    assert program.run("mapping", "preview", "p.csv", "--mapping", "p.toml").returncode == 0
    assert program.run("mapping", "draft", "p.csv", "--out", "p.toml").returncode == 2
    assert program.run("mapping", "draft", "p.csv", "--form", "nope").returncode == 2
    half = program.run("mapping", "draft", program.file("y.csv", "Id,Cost\nA,1\nB,2\n"), "--form", "projects")
    assert half.returncode == 0 and "The draft is not finished" in half.stderr
    zh = program.run("mapping", "draft", "y.csv", "--form", "projects", DEFAULT_LANGUAGE="zh_CN")
    assert "待确认" in zh.stdout and "草稿尚未完成" in zh.stderr
    empty = program.run("mapping", "draft", program.file("e.csv", ""))
    assert empty.returncode == 1 and "E-F01" in empty.stderr


def test_a_city_previews_in_its_own_scope(program: Program) -> None:
    program.file("x.csv", FILE.replace("A1", "B1"))
    program.file("yearly.toml", MAPPING)
    done = program.run(
        *("user", "add", "li@example.cn", "--name", "李", "--role", "city", "--place", "210200"),
        NEW_PASSWORD="a long password",
    )
    assert done.returncode == 0, done.stderr
    shown = program.run(
        "mapping", "preview", "x.csv", "--mapping", "yearly.toml", "--as", "li@example.cn", "--json"
    )
    assert shown.returncode == 1
    assert "E-B102" in {problem["code"] for problem in json.loads(shown.stdout)["problems"]}
    assert (
        program.run(
            "mapping", "preview", "x.csv", "--mapping", "yearly.toml", "--as", "no@example.cn"
        ).returncode
        == 1
    )
