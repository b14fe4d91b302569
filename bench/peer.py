"""The peers' own virtual environment in ``var/peers``, made when it is first needed, and scripts run in it.

The peers are what a user would pick instead; they never enter the program's requirements. Their versions are
pinned in ``bench/peers/requirements.txt``.
"""

import json
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "bench" / "peers"
REQUIREMENTS = SCRIPTS / "requirements.txt"
HOME = ROOT / "var" / "peers"
_INSTALLED = HOME / "installed.txt"
_PYTHON = HOME / "bin" / "python"


class PeersMissing(Exception):
    """The peers cannot be installed; the text says what pip said."""


def ready() -> None:
    """Install the peers unless these very versions are there. Raises PeersMissing."""
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if _INSTALLED.exists() and _INSTALLED.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(HOME, ignore_errors=True)
    venv.create(HOME, with_pip=True)
    pip = [_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["pip failed without a word"]
        raise PeersMissing(f"the peers cannot be installed into {HOME}: {said[-1]}")
    _INSTALLED.write_text(wanted, encoding="utf-8")


def run(script: str, *arguments: object) -> dict[str, Any]:
    """What a script of ``bench/peers`` printed as JSON on its last line."""
    done = subprocess.run([_PYTHON, SCRIPTS / script, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def versions() -> dict[str, str]:
    """Peer → its pinned version."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)
