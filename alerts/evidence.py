"""Files that people hand in as evidence: looked at before they are stored, never opened or run.

What a file is follows from its bytes; its name must agree. Refuses what is empty, too large, of another kind,
or carries macros. A further kind is a member of ``MediaKind`` and a line of ``_ENDINGS`` and ``_media``.
"""

import hashlib
import io
import unicodedata
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from models.vocabulary import MediaKind
from models.words import mark

#: Files in one act.
MOST_FILES = 10

#: How long a stored name may be; longer ones lose their middle, never their ending.
_NAME_LENGTH = 100

_ENDINGS = {
    MediaKind.PDF: (".pdf",),
    MediaKind.PNG: (".png",),
    MediaKind.JPEG: (".jpg", ".jpeg"),
    MediaKind.XLSX: (".xlsx",),
    MediaKind.DOCX: (".docx",),
}

#: What an upload control offers.
ENDINGS = tuple(ending.removeprefix(".") for endings in _ENDINGS.values() for ending in endings)

TOO_MANY = mark("At most 10 files at a time.")
EMPTY = mark("A file is empty.")
TOO_LARGE = mark("A file is larger than allowed.")
WRONG_KIND = mark("Only PDF, PNG, JPEG, XLSX and DOCX files are taken, each under its own ending.")
MACROS = mark("Files with macros are not taken.")


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Checked:
    """A file that may be stored."""

    file_name: str
    media: MediaKind
    content: bytes

    def row(self) -> dict[str, Any]:
        """Its columns in a table of files, with a new id."""
        return {
            "id": str(uuid.uuid4()),
            "file_name": self.file_name,
            "media": self.media,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "content": self.content,
        }


def check_files(uploads: Sequence[Upload], *, max_bytes: int) -> tuple[list[Checked], str | None]:
    """The files that may be stored, or why not: then none is. The same bytes twice are stored once."""
    if len(uploads) > MOST_FILES:
        return [], TOO_MANY
    checked: dict[str, Checked] = {}
    for upload in uploads:
        if not upload.content:
            return [], EMPTY
        if len(upload.content) > max_bytes:
            return [], TOO_LARGE
        media, name = _media(upload.content), plain_name(upload.name)
        if media is None or not name.lower().endswith(_ENDINGS[media]):
            return [], WRONG_KIND
        if media in (MediaKind.XLSX, MediaKind.DOCX) and _has_macros(upload.content):
            return [], MACROS
        checked.setdefault(hashlib.sha256(upload.content).hexdigest(), Checked(name, media, upload.content))
    return list(checked.values()), None


def plain_name(name: str) -> str:
    """A file's name without folders and without characters that nobody sees (controls, bidi marks)."""
    base = PurePosixPath(name.replace("\\", "/")).name
    seen = "".join(c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C")
    stem, dot, ending = seen.strip().rpartition(".")
    room = _NAME_LENGTH - len(dot + ending)
    return stem[: max(room, 0)] + dot + ending[:_NAME_LENGTH] if dot else seen.strip()[:_NAME_LENGTH]


def _media(content: bytes) -> MediaKind | None:
    if content.startswith(b"%PDF-"):
        return MediaKind.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaKind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return MediaKind.JPEG
    parts = _parts(content)
    if "[Content_Types].xml" not in parts:
        return None
    if "xl/workbook.xml" in parts:
        return MediaKind.XLSX
    return MediaKind.DOCX if "word/document.xml" in parts else None


def _parts(content: bytes) -> frozenset[str]:
    """The names in a container's directory; nothing is unpacked."""
    if not content.startswith(b"PK\x03\x04"):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            return frozenset(container.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return frozenset()


def _has_macros(content: bytes) -> bool:
    return any(part.lower().endswith("vbaproject.bin") for part in _parts(content))
