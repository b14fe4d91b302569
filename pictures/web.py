"""The pages at one instant that stands still: the clock is stopped, then ``manage.py web`` serves as always.

Started by ``site.py`` only, with the instant as its argument. It also holds the worker's lease, because no worker
runs beside it: what a worker would do from then on would be in the pictures by chance.
"""

import models.memory  # noqa: F401, I001  as manage.py does

import sys
from datetime import datetime, timedelta

from alerts import leader
from dashboard.app import run
from models import clock
from models.db import open_database
from settings import load_settings


def main() -> None:
    stopped = datetime.fromisoformat(sys.argv[1])
    clock.now = lambda: stopped
    settings = load_settings()
    db = open_database(settings.database_url)
    leader.hold(db, "pictures", now=stopped, ttl=timedelta(minutes=1))
    run(settings, db)


if __name__ == "__main__":
    main()
