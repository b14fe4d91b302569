"""How a command begins: the database at this program's revision, what is declared beside it, and refusals in one line."""

from alerts.webhook import Robot, RobotsError, robots_of
from models import clock
from models.db import Database, open_database
from models.migrate import current_revision, newest_revision
from models.migrate import migrate as bring_up
from settings import Settings


class Refused(Exception):
    """The command was understood and declined; the text is for the person who gave it."""


def declared_robots(settings: Settings) -> tuple[Robot, ...]:
    """The robots of ROBOTS_FILE; a file that declares none properly is refused."""
    try:
        return robots_of(settings.robots_file)
    except (RobotsError, OSError, UnicodeDecodeError) as error:
        raise Refused(f"ROBOTS_FILE: {error}") from None


def open_ready(settings: Settings) -> Database:
    """The database, with its schema at this code's revision; an empty one is set up first."""
    db = open_database(settings.database_url)
    found = current_revision(db)
    if found is None:
        bring_up(db, clock.now())
    elif found != newest_revision():
        raise Refused(
            f"The database stands at revision {found}, this program needs {newest_revision()}: "
            "back it up, then run `python manage.py migrate`."
        )
    return db
