"""Whose file is it? Streamlit keeps downloads and images in memory under the hash of their content, for everybody.

A hash is not guessed, but a link can be handed on. So the wall asks here before it lets a request for ``/media/``
through: a file is served only to a browser of the same sign-in as the page that offers it. And since every download
of every page comes by, this is where it enters the audit log, before its bytes leave.

Reads what the pinned Streamlit keeps, and notes who had a file made by a click, which Streamlit does not keep; a test
against the running product notices where a new version does otherwise. Refuses what it knows nothing of.
"""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import PurePosixPath
from threading import Lock

import sqlalchemy as sa
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError

from models import clock
from models.audit import Deed, audit
from models.db import Database
from models.people import Person, SignIn
from models.vocabulary import AuditKind
from models.words import mark

PREFIX = "/media/"

DOWNLOADED = mark("File downloaded")

#: Files made by a click whose makers are remembered; they are fetched at once.
_REMEMBERED = 1_000


class Files:
    """The files that the pages of one web process offer, and who may fetch them."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._made: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = Lock()

    def attach(self) -> None:
        """Note from now on whose click made which file. Once, when Streamlit's runtime stands."""
        kept = runtime.get_instance().media_file_mgr
        kept.execute_deferred = self._noting(kept, kept.execute_deferred)

    def _noting(self, kept: MediaFileManager, execute: Callable[[str], str]) -> Callable[[str], str]:
        def executed(file_id: str) -> str:
            entry = kept._deferred_callables.get(file_id)
            url = execute(file_id)
            sign_in = _sign_in_of(entry["session_id"]) if entry else None
            if sign_in is not None:
                self._note(PurePosixPath(url).stem, sign_in)
            return url

        return executed

    def _note(self, file_id: str, sign_in: str) -> None:
        with self._lock:
            self._made[file_id, sign_in] = None
            self._made.move_to_end((file_id, sign_in))
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)

    def passes(self, path: str, session: str, method: str) -> bool:
        """May a browser of this session (our id, see ``guard.py``) fetch it? A download is remembered; commits."""
        if not runtime.exists():
            return False
        file_id = PurePosixPath(path).stem
        if (file_id, session) not in self._made and not _is_offered(file_id, session):
            return False
        if method == "GET":
            self._remember(file_id, session)
        return True

    def _remember(self, file_id: str, session: str) -> None:
        try:
            found = runtime.get_instance().media_file_mgr._storage.get_file(file_id)
        except MediaFileStorageError:
            return
        if found.kind != MediaFileKind.DOWNLOADABLE:
            return
        s, p = SignIn.__table__, Person.__table__
        with self.db.rw.begin() as connection:
            who = sa.select(p.c.email, p.c.place).join(s, s.c.email == p.c.email).where(s.c.id == session)
            person = connection.execute(who).one()
            details, name = {"bytes": len(found.content)}, found.filename or file_id
            deed = Deed(AuditKind.EXPORT, person.email, clock.now(), DOWNLOADED, person.place, name, details)
            audit(connection, deed)


def _is_offered(file_id: str, session: str) -> bool:
    """Does a page of this session show it now?"""
    kept = runtime.get_instance().media_file_mgr
    with kept._lock:
        pages = [
            page for page, files in kept._files_by_session_and_coord.items() if file_id in files.values()
        ]
    return any(_sign_in_of(page) == session for page in pages)


def _sign_in_of(page: str) -> str | None:
    """The sign-in under which a page's socket was opened."""
    found = runtime.get_instance()._session_mgr.get_session_info(page)
    return found.session._user_info.get("session") if found else None
