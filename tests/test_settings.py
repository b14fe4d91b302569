"""A wrong setting stops the start with one clear line; the example file lists them all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def test_the_example_lists_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(listed) == {name.upper() for name in Settings.model_fields}
    plain = {"DATABASE_URL", "MAIL_FOLDER"}  # shown relative to the project
    for name, field in Settings.model_fields.items():
        if name.upper() not in plain:
            assert listed[name.upper()] == str(field.default)


@pytest.mark.parametrize(
    ("database", "named", "anchors"),
    [
        ("sqlite:////srv/pd/dispatch.db", "", "/srv/pd/dispatch.anchors"),
        ("sqlite:///var/dispatch.db", "", f"{ROOT}/var/dispatch.anchors"),
        ("postgresql+psycopg://u:p@db/pilots", "", f"{ROOT}/var/pilots.anchors"),
        ("postgresql+psycopg://u:p@db/pilots", "/mnt/far/heads.txt", "/mnt/far/heads.txt"),
    ],
)
def test_heads_of_the_audit_log_are_noted_for_each_database_apart(
    database: str, named: str, anchors: str
) -> None:
    settings = Settings(_env_file=None, database_url=database, audit_anchors=named)
    assert str(settings.anchors) == anchors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("SMTP_URL", "mail.example"),
        ("BASE_URL", "ftp://x"),
        ("PORT", "99999"),
        ("EVALUATE_AT", "half past seven"),
        ("SECRET_KEY", "short"),
        ("ENVIRONMENT", "production"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(name: str, value: str, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin", "DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}", name: value}
    run = subprocess.run(
        [sys.executable, ROOT / "manage.py", "status"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 1
    assert len(run.stderr.strip().splitlines()) == 1
    expected = "SECRET_KEY" if name == "ENVIRONMENT" else name
    assert re.search(rf"\b{expected}\b", run.stderr)


def test_links_follow_the_port() -> None:
    assert Settings(port=9000, _env_file=None).base_url == "http://localhost:9000"
