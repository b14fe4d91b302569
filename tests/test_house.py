"""The house as it was agreed: which way imports point, where libraries may be used, how long modules grow."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("models", "collectors", "alerts", "dashboard", "operation")
MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "versions" not in path.parts
)

#: What each room may import of ours.
MAY_IMPORT = {
    "models": {"models"},
    "collectors": {"models", "collectors"},
    "alerts": {"models", "alerts"},
    "dashboard": {"models", "collectors", "alerts", "dashboard", "settings"},
    "operation": {"models", "collectors", "alerts", "dashboard", "operation", "settings"},
}

#: Where a library may be used, as paths relative to the project; everywhere else it is a mistake.
ONLY_IN = {
    "streamlit": ("dashboard/",),
    "smtplib": ("alerts/mail.py",),
    "apscheduler": ("alerts/scheduler.py", "operation/worker.py"),
    "requests": ("collectors/fetch.py", "operation/supervisor.py", "alerts/webhook.py"),
    "urllib3": ("collectors/fetch.py", "collectors/pinned.py", "collectors/answers.py"),
    "altair": (
        "dashboard/charts.py",
        "dashboard/chart_pieces.py",
        "dashboard/ledger_charts.py",
        "dashboard/light_charts.py",
    ),
    "fpdf": ("alerts/bulletin/pdf.py",),
    "docx": ("alerts/bulletin/docx.py",),
    "pydantic_settings": ("settings.py",),
}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_point_down(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in _imports(path)} & ({*PACKAGES, "settings", "manage", "tests"})
    assert ours <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    used = {name.split(".")[0] for name in _imports(path)}
    for library, places in ONLY_IN.items():
        assert library not in used or _name(path).startswith(places), f"{library} in {_name(path)}"


def test_charts_do_not_know_streamlit() -> None:
    assert "streamlit" not in {name.split(".")[0] for name in _imports(ROOT / "dashboard" / "charts.py")}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_module_outgrows_its_room(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


def test_no_page_opens_the_door_to_raw_markup() -> None:
    for path in (ROOT / "dashboard").rglob("*.py"):
        assert "unsafe_allow" not in path.read_text(encoding="utf-8"), _name(path)


def test_tests_are_no_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
