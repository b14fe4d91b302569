"""The command line as a process of its own that starts at once: forked from one that has imported everything."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

import manage

#: What commands import when they are called.
_USED = (
    *("manage", "alerts.bulletin", "alerts.notices", "alerts.rehearsal", "alerts.watch", "collectors.demo"),
    *("collectors.intake", "collectors.mapping", "collectors.pull", "models.migrate", "operation.worker"),
)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(_USED))


class Program:
    """manage.py with a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "DATABASE_URL": f"sqlite:///{folder / 'dispatch.db'}",
            "MAIL_FOLDER": str(folder / "mail"),
            "DEFAULT_LANGUAGE": "en",
        }

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        """Exit status and what was said; a command that takes two minutes is ended."""
        with tempfile.TemporaryDirectory() as place:
            out, err = Path(place, "out"), Path(place, "err")
            asked = (words, self.environment | environment, self.folder, out, err)
            process = _FORKS.Process(target=_command, args=asked)
            with pytest.MonkeyPatch.context() as patch:
                # else it would begin with the page that a test has drawn last
                patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
                process.start()
            process.join(120)
            if process.exitcode is None:
                process.kill()
                raise subprocess.TimeoutExpired(words, 120)
            said = (path.read_text(encoding="utf-8") for path in (out, err))
            return subprocess.CompletedProcess(words, process.exitcode, *said)

    def json(self, *words: str) -> dict:
        done = self.run(*words, "--json")
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


def _command(
    words: tuple[str, ...], environment: Mapping[str, str], folder: Path, out: Path, err: Path
) -> None:
    """In the fork: be the command, from its environment to its exit status."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["manage.py", *words]
    manage.main()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)
