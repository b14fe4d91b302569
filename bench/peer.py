"""Each peer's own virtual environment in ``var/peers``, made when it is first needed, and programs run in it.

The peers are what a user would pick instead; they never enter the program's requirements. Their versions are
pinned in ``bench/peers/<name>.txt``. To add one: such a file, and its ``Peer`` below.
"""

import json
import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "bench" / "peers"


class PeersMissing(Exception):
    """The peers cannot be installed; the text says what pip said."""


@dataclass(frozen=True)
class Peer:
    """What is installed together, by the name of its requirements; ``home`` is where its environment lies."""

    name: str
    home: Path

    @property
    def requirements(self) -> Path:
        return SCRIPTS / f"{self.name}.txt"

    def ready(self) -> None:
        """Install it unless these very versions are there. Raises PeersMissing."""
        wanted, installed = self.requirements.read_text(encoding="utf-8"), self.home / "installed.txt"
        if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
            return
        shutil.rmtree(self.home, ignore_errors=True)
        venv.create(self.home, with_pip=True)
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", self.requirements]
        done = subprocess.run([self.program("python"), *pip], capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["pip failed without a word"]
            raise PeersMissing(f"{self.name} cannot be installed into {self.home}: {said[-1]}")
        installed.write_text(wanted, encoding="utf-8")

    def program(self, name: str) -> Path:
        """A program of the environment."""
        return self.home / "bin" / name

    def run(self, script: str, *arguments: object) -> dict[str, Any]:
        """What a script of ``bench/peers`` printed as JSON on its last line."""
        command = [self.program("python"), SCRIPTS / script, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{script}: {done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def versions(self) -> dict[str, str]:
        """What is pinned → its version."""
        lines = self.requirements.read_text(encoding="utf-8").splitlines()
        return dict(line.split("==") for line in lines if "==" in line)


def _peer(name: str) -> Peer:
    return Peer(name, ROOT / "var" / "peers" / name)


INTAKE, SUPERSET = _peer("intake"), _peer("superset")
