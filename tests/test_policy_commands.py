"""``manage.py policy`` and ``rehearse --preset --scope`` as an administrator uses them."""

import pytest

from alerts.policy import CARRIED
from alerts.presets import presets
from tests.program import Program, program
from tests.test_command_line import DISPATCH, PROJECTS

__all__ = ["program"]


def test_a_policy_is_checked_tried_and_put_in_force(program: Program) -> None:
    assert program.json("policy", "list") == {"in_force": [], "presets": list(presets())}
    good = program.file("own.toml", f'name = "Ours"\n{CARRIED}')
    found = program.json("policy", "check", good)
    assert found["name"] == "Ours" and "lagging_progress" in found["rules"]
    bad = program.run("policy", "check", program.file("bad.toml", "[rules.nonsense]\n"))
    assert bad.returncode == 1 and "bad.toml: rules.nonsense: unknown rule" in bad.stderr
    program.json("import", program.file("p.csv", PROJECTS), "--form", "projects")
    program.json("import", program.file("d.csv", DISPATCH.format(on="2026-06-30", p1=50, spent=100)))
    tried = program.json("rehearse", "--preset", "sanya_2022", "--scope", "city:210100", "--months", "3")
    assert set(tried) == {"days", "followed_within_days", "in_force", "proposed"}
    assert program.run("rehearse", "--preset", "nonsense").returncode == 1
    assert program.run("rehearse", "--preset", "wuhan", "--policy", good).returncode == 2
    assert program.run("rehearse", "--scope", "programme:nothing").returncode == 1
    used = program.json(
        "policy", "use", "--scope", "city:210100", "--preset", "wuhan", "--reason", "bulletin"
    )
    assert (used["scope"], used["place"], used["version"]) == ("city", "210100", 1)
    program.json("policy", "use", "--scope", "nation", "--file", good, "--reason", "trial")
    program.json("policy", "use", "--scope", "city:210100", "--wider", "--reason", "over")
    rows = program.json("policy", "list", "--history")["in_force"]
    assert [(row["scope"], row["version"], row["name"], row["holds"]) for row in rows] == [
        ("city", 1, "Wuhan", False),
        ("nation", 2, "Ours", True),
        ("city", None, "", True),
    ]
    assert rows[0]["reason"] == "bulletin" and rows[0]["set_by"] == "admin@localhost"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--scope", "city:210100", "--reason", "x"), 2),
        (("--scope", "city:210100", "--reason", "x", "--preset", "wuhan", "--wider"), 2),
        (("--scope", "210100", "--reason", "x", "--preset", "wuhan"), 2),
        (("--scope", "nation:1", "--reason", "x", "--preset", "wuhan"), 2),
        (("--scope", "city:999999", "--reason", "x", "--preset", "wuhan"), 1),
        (("--scope", "city:210100", "--reason", " ", "--preset", "wuhan"), 1),
        (("--scope", "city:210100", "--reason", "x", "--preset", "nonsense"), 1),
    ],
)
def test_misuse_is_told_apart_from_refusal(program: Program, words: tuple[str, ...], status: int) -> None:
    assert program.run("policy", "use", *words).returncode == status
