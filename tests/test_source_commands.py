"""``manage.py source`` as an administrator uses it: exit status, JSON, one-line refusals, and figures that came."""

from collections.abc import Iterator

import pytest

from tests.collectors import hostile
from tests.collectors.hostile import Hostile, as_json, reply
from tests.program import Program, program
from tests.test_command_line import PROJECTS

__all__ = ["program"]


@pytest.fixture
def server() -> Iterator[Hostile]:
    with hostile.serving() as found:
        yield found


def declaration(server: Hostile) -> str:
    return (
        'name = "sy"\ntitle = "沈阳系统"\ncity = "210100"\nform = "dispatch"\nevery_minutes = 60\n'
        f'url = "{server.address}/x"\nnetworks = ["127.0.0.0/8"]\n[limits]\ntries = 1\n'
    )


def test_a_source_from_its_declaration_to_its_figures(program: Program, server: Hostile) -> None:
    server.routes["/x"] = as_json([{"code": "P1", "as_of": "2026-01-31", "progress": 12.5}])
    program.run("import", program.file("p.csv", PROJECTS), "--form", "projects")
    added = program.run("source", "add", program.file("sy.toml", declaration(server)))
    assert added.returncode == 0 and "Declared sy" in added.stdout, added.stderr
    (listed,) = program.json("source", "list")["sources"]
    assert (listed["name"], listed["health"], listed["last_ok_at"]) == ("sy", "waiting", None)
    found = program.json("source", "pull", "sy")
    (run,) = found["runs"]
    assert found["source"] == "sy"
    assert (run["outcome"], run["rows"], run["new"], run["code"]) == ("ok", 1, 1, None)
    assert run["requests"] == 1 and run["response_ms"] >= 0 and run["submission"]
    assert program.json("source", "list")["sources"][0]["health"] == "in_time"
    again = program.run("source", "pull", "sy")
    assert again.returncode == 0 and "N-UNCHANGED" in again.stdout
    removed = program.run("source", "remove", "sy")
    assert removed.returncode == 1 and "disable it instead" in removed.stderr


def test_what_went_wrong_is_said_and_the_status_is_one(program: Program, server: Hostile) -> None:
    server.routes["/x"] = reply(b"<html>")
    program.run("source", "add", program.file("sy.toml", declaration(server)))
    plain = program.run("source", "pull", "sy")
    assert plain.returncode == 1 and "H-TYPE  The answer is a web page, not JSON." in plain.stdout
    chinese = program.run("source", "pull", "sy", DEFAULT_LANGUAGE="zh_CN")
    assert "应答是网页，不是 JSON。" in chinese.stdout
    (run,) = program.json("source", "pull", "sy")["runs"]
    assert run["outcome"] == "error" and run["message_zh"] and run["message_en"] and run["hint_zh"]
    assert program.run("source", "remove", "sy").returncode == 0
    assert program.json("source", "list") == {"sources": []}


def test_a_refusal_is_one_line(program: Program, server: Hostile) -> None:
    wrong = program.file("wrong.toml", declaration(server).replace("60", "0"))
    for words, said in (
        (("source", "add", wrong), "wrong.toml: every_minutes: "),
        (("source", "pull", "nobody"), "There is no source nobody"),
        (("source", "enable", "nobody"), "There is no source nobody"),
        (("source", "disable", "nobody"), "There is no source nobody"),
    ):
        done = program.run(*words)
        assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
        assert said in done.stderr


def test_switching_off_and_on(program: Program, server: Hostile) -> None:
    program.run("source", "add", program.file("sy.toml", declaration(server)))
    assert program.run("source", "disable", "sy").stdout == "Disabled sy.\n"
    assert program.json("source", "list")["sources"][0]["health"] == "off"
    assert program.run("source", "enable", "sy").stdout == "Enabled sy.\n"
    assert program.json("source", "list")["sources"][0]["health"] == "waiting"
    assert "沈阳系统" in program.run("source", "list").stdout
