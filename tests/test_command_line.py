"""The command line as programs and administrators use it: exit status, JSON keys, plain refusals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

import manage
from models.db import open_database
from tests.program import Program, program

__all__ = ["program"]

ROOT = Path(__file__).resolve().parents[1]

PROJECTS = """项目编号,项目名称,牵头城市,类型,实施单位,行业代码,总投资（万元）,核定奖补资金（万元）,计划开工,计划竣工
P1,液压元件生产线智能化改造项目,沈阳市,点,沈阳示例液压有限公司,34,12000.5,1000,2025-01-01,2026-12-31
P2,铸造车间数字化改造项目,沈阳市,点,沈阳示例铸造有限公司,31,8000,600,2025-01-01,2026-12-31
"""
DISPATCH = """项目编号,截止日期,形象进度（%）,下达（万元）,拨付（万元）,支付（万元）,支出（万元）,进展情况
P1,{on},{p1},500,400,300,{spent},设备安装
P2,{on},60,300,300,200,200,调试
"""


def test_every_command_has_help(program: Program) -> None:
    listed = program.run("--help")
    assert listed.returncode == 0
    commands = typer.main.get_command(manage.app)
    found = dict(_leaves(commands, ()))
    assert {("migrate",), ("run",), ("user", "add"), ("source", "add"), ("audit", "verify")} <= set(found)
    for words in found:
        assert words[0] in listed.stdout
        helped = CliRunner().invoke(manage.app, [*words, "--help"])
        assert helped.exit_code == 0 and len(helped.stdout) > 100, words


def _leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that lead to it."""
    inside = getattr(command, "commands", None)
    if not inside:
        yield words, command
    for name, one in (inside or {}).items():
        yield from _leaves(one, (*words, name))


def test_misuse_is_told_apart_from_refusal(program: Program) -> None:
    assert program.run("fly").returncode == 2
    assert program.run("import", "nowhere.csv").returncode == 2
    assert program.run("evaluate", "--on", "yesterday").returncode == 2
    good = program.file("p.csv", PROJECTS)
    assert program.run("import", good, "--form", "projects", "--mapping", "mexico_opa").returncode == 2
    assert program.run("import", good, "--form", "nope").returncode == 2
    assert program.run("import", good, "--mapping", "nope").returncode == 2
    assert program.run("import", good, "--period", "10/2026").returncode == 2
    assert program.run("import", good, "--as", "nobody@example.cn").returncode == 1
    assert program.run("evaluate", "--on", "2999-01-01").returncode == 1
    assert program.run("evaluate", "--known-at", "2999-01-01").returncode == 1
    assert program.run("import", program.file("x.csv", "a,b\n1,2\n")).returncode == 1


def test_a_file_of_another_period_than_the_one_named_is_refused(program: Program) -> None:
    program.json("import", program.file("p.csv", PROJECTS), "--form", "projects")
    file = program.file("d.csv", DISPATCH.format(on="2026-08-31", p1=35, spent=100))
    found = program.json("import", file, "--period", "2026-09")
    assert found["submission"] is None
    (problem,) = [one for one in found["problems"] if one["level"] == "error"]
    assert (problem["code"], problem["count"], problem["expected"]) == ("E-B109", 2, "2026-09")
    assert "2026-08-31" in problem["message_en"] and "2026-09" in problem["message_en"]
    assert program.json("import", file, "--period", "2026-08")["new"] == 2


def test_the_good_rows_go_in_with_a_reason_where_that_is_asked_for(program: Program) -> None:
    program.json("import", program.file("p.csv", PROJECTS), "--form", "projects")
    text = DISPATCH.format(on="2026-08-31", p1=35, spent=100)
    program.json("import", program.file("d.csv", text))
    bad = program.file("e.csv", text.replace(",35,", ",36,") + "P1,2026-07-31,101,,,,,\n")
    assert program.run("import", bad, "--reason", "a slip").returncode == 1
    found = program.json("import", bad, "--reason", "a slip", "--partial")
    assert (found["changed"], found["rejected"]) == (1, 1) and found["draft"]
    database = open_database(program.environment["DATABASE_URL"])
    with database.ro.connect() as connection:
        reasons = connection.exec_driver_sql("select reason from report where reason is not null").all()
    database.dispose()
    assert [row[0] for row in reasons] == ["a slip"]


def test_a_report_becomes_an_alert_and_a_mail(program: Program) -> None:
    dry = program.json("import", program.file("p.csv", PROJECTS), "--form", "projects", "--dry-run")
    assert (dry["submission"], dry["new"]) == (None, 2)
    taken = program.json("import", "p.csv", "--form", "projects")
    assert set(taken) == {"submission", "rows", "new", "changed", "same", "warned", "rejected", "problems"}
    assert taken["submission"] and (taken["rows"], taken["new"]) == (2, 2)
    added = program.run(
        *(
            "user",
            "add",
            "li@example.cn",
            "--name",
            "李",
            "--role",
            "city",
            "--place",
            "210100",
            "--language",
            "en",
        ),
        NEW_PASSWORD="a long enough one",
    )
    assert added.returncode == 0, added.stderr
    for on in ("2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31"):
        text = DISPATCH.format(on=on, p1=35, spent=100 if on == "2026-07-31" else 120)
        assert program.json("import", program.file(f"{on}.csv", text), "--as", "li@example.cn")["new"] == 2
    first = program.json("evaluate", "--on", "2026-11-20")
    assert set(first) >= {"on", "projects", "lights", "opened", "resolved"}
    assert (first["on"], first["projects"], first["lights"]["red"]) == ("2026-11-20", 2, 2)
    assert first["opened"] >= 2 and first["messages"] == 1
    again = program.json("evaluate", "--on", "2026-11-20")
    assert (again["opened"], again["resolved"], again["messages"]) == (0, 0, 0)
    rules = {alert["rule"] for alert in program.json("alerts")["alerts"] if alert["project"] == "P1"}
    assert {"stalled", "lagging_spending"} <= rules
    assert "lagging_progress" not in rules  # a stalled project does not also lag
    assert program.json("send") == {"sent": 1, "failed": 0}
    assert program.json("send") == {"sent": 0, "failed": 0}
    (mail,) = (program.folder / "mail").glob("*.eml")
    assert b"li@example.cn" in mail.read_bytes()


def test_status_is_the_same_from_the_cache_and_computed(program: Program) -> None:
    program.json("import", program.file("p.csv", PROJECTS), "--form", "projects")
    program.json("import", program.file("d.csv", DISPATCH.format(on="2026-10-31", p1="35.25", spent=100)))
    program.json("evaluate", "--on", "2026-11-20")
    for by in ("kind", "province", "city", "industry"):
        cached = program.json("status", "--by", by)
        computed = program.json("status", "--by", by, "--on", "2026-11-20", "--known-at", cached["known_at"])
        assert cached["groups"] == computed["groups"] and sum(g["projects"] for g in cached["groups"]) == 2
    assert cached["on"] == "2026-11-20"


def test_a_day_before_anything_was_known_is_empty(program: Program) -> None:
    program.json("import", program.file("p.csv", PROJECTS), "--form", "projects")
    assert program.json("status", "--on", "2026-11-20", "--known-at", "2020-01-01")["groups"] == []


def test_a_database_of_another_revision_is_refused(program: Program) -> None:
    assert program.run("migrate").returncode == 0
    database = open_database(program.environment["DATABASE_URL"])
    with database.rw.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '0000'")
    database.dispose()
    refused = program.run("status")
    assert refused.returncode == 1 and "migrate" in refused.stderr


def test_accounts_are_added_once_and_closed(program: Program) -> None:
    words = ("user", "add", "wang@example.cn", "--name", "王", "--role", "ministry")
    assert program.run(*words, NEW_PASSWORD="short").returncode == 1
    assert program.run(*words, NEW_PASSWORD="long enough now").returncode == 0
    assert program.run(*words, NEW_PASSWORD="long enough now").returncode == 1
    assert program.run("user", "disable", "wang@example.cn").returncode == 0
    (person,) = program.json("user", "list")["people"]
    assert person["disabled_at"] and "password_hash" not in person
    good = program.file("p.csv", PROJECTS)
    assert program.run("import", good, "--as", "wang@example.cn").returncode == 1


def test_an_account_sits_where_its_role_does(program: Program) -> None:
    for role, place in (
        ("city", "000000"),
        ("city", "210000"),
        ("province", "210100"),
        ("ministry", "210000"),
    ):
        words = ("user", "add", "x@example.cn", "--name", "x", "--role", role, "--place", place)
        assert program.run(*words, NEW_PASSWORD="long enough now").returncode == 1
    xpcc = ("user", "add", "x@example.cn", "--name", "x", "--role", "city", "--place", "XPCC")
    assert program.run(*xpcc, NEW_PASSWORD="long enough now").returncode == 0
    nobody = ("user", "add", "no-address", "--name", "x", "--role", "ministry")
    assert program.run(*nobody, NEW_PASSWORD="long enough now").returncode == 2


def test_a_port_that_is_taken_is_said_in_one_line(program: Program) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = program.run("run", PORT=str(taken.getsockname()[1]))
    assert refused.returncode == 1 and len(refused.stderr.strip().splitlines()) == 1
