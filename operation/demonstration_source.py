"""The demonstration's data source: a city's own system lays its reports into a folder, which is looked at as ever.

Each file at its own instant: a look finds it, the next one finds it unchanged and takes it in. What was taken
lies in ``done/``, what was refused in ``failed/``; more can be laid in while the worker runs.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collectors import demo, sources
from collectors.fetch import Net
from collectors.pull import reach_out, settle
from collectors.sources import Ran
from models.db import Database
from settings import Settings

_NAME = "jiading-platform"
_LOOK = timedelta(minutes=1)

#: Reports come once a month, after its end and a few working days.
_DECLARED = """\
# The demonstration's city system. Everything about it is made up.
name = "{name}"
title = "嘉定区技改项目管理平台"
city = "{city}"
form = "dispatch"
kind = "folder"
format = "csv"
path = {path}
pattern = "*.csv"
every_minutes = 64800
"""


@dataclass(frozen=True)
class CitySystem:
    """The system of one loading and the folder it writes to."""

    db: Database
    folder: Path

    def hand_over(self, file: demo.DemoFile) -> Ran:
        """Lay a file into the folder and look twice. Commits."""
        (self.folder / file.file_name).write_bytes(file.content)
        self._look(file.received_at - _LOOK)
        (ran,) = self._look(file.received_at)
        return ran

    def _look(self, at: datetime) -> tuple[Ran, ...]:
        """As ``pull`` does, but with the clock standing still: the same day loads to the same instants."""
        (claimed,) = sources.claim(self.db, [_NAME], at, only_due=False)
        return settle(self.db, claimed, reach_out(claimed, Net()), now=at).runs


def declared(db: Database, settings: Settings, *, now: datetime) -> CitySystem:
    """Declare the source and make its folder; after a loading that was cut off, anew. Commits."""
    folder = settings.demonstration_inbox / demo.BY_SYSTEM
    folder.mkdir(parents=True, exist_ok=True)
    path = json.dumps(str(folder), ensure_ascii=False)
    text = _DECLARED.format(name=_NAME, city=demo.BY_SYSTEM, path=path)
    sources.add(db, text, by=settings.administrator_email, now=now)
    return CitySystem(db, folder)
