"""``manage.py bulletin``: a dispatch bulletin as a file. The same call later writes the same bytes."""

from datetime import date, datetime
from pathlib import Path

from alerts.bulletin.files import FORMATS, written
from alerts.bulletin.reading import Asked, read
from models import clock
from models.db import Database
from models.places import NATION
from models.queries.bulletin import newest_knowledge, place_named
from models.vocabulary import Rhythm
from models.words import Words
from operation.opening import Refused


def asked_for(
    db: Database, on: date | None, known_at: datetime | None, *, wanted: tuple[str, str, str], now: datetime
) -> Asked:
    """The bulletin meant; ``wanted``: place (code or name), rhythm, programme. Raises Refused."""
    place, rhythm, programme = wanted
    code = place_named(db, place or NATION)
    if code is None:
        raise Refused(f"There is no place {place}.")
    day = on or clock.local_day(now)
    known = known_at or min(newest_knowledge(db) or now, now)
    if day > clock.local_day(now) or known > now:
        raise Refused("A day or an instant in the future has no bulletin: nothing is known of it yet.")
    return Asked(day, known, code, Rhythm(rhythm), programme)


def write_file(db: Database, asked: Asked, t: Words, out: Path) -> int:
    """Write a bulletin beside its final name and move it there; gives the number of bytes. Raises Refused."""
    ending = out.suffix.lower()
    if ending not in FORMATS:
        raise Refused(f"--out ends in one of {', '.join(FORMATS)}: the ending chooses the format.")
    try:
        content = written(read(db, asked), t, ending)
    except LookupError as missing:
        raise Refused(f"There is no programme {missing}.") from None
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        raise Refused(f"{out}: {error.strerror}") from None
    return len(content)
