"""An XLSX's zip archive, looked over before anything is unpacked, and read under a budget.

Refuses macros, links to other files, nested archives, odd names, document type definitions, and more bytes
than the limit: counted while inflating, whatever the directory claims.
"""

import io
import re
import zipfile
import zlib
from typing import Any

from collectors.problems import refuse

MAX_MEMBERS = 1_000
_TARGET = re.compile(rb'Target="([^"]{1,200})"')


class Archive:
    """A checked archive. Raises Refused."""

    def __init__(self, content: bytes, max_unpacked: int) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            raise refuse("E-F18") from None
        self._limit = self._left = max_unpacked
        self._check()

    def _check(self) -> None:
        members = self._zip.infolist()
        names = [member.filename for member in members]
        lowered = [name.lower() for name in names]
        if len(members) > MAX_MEMBERS or len(set(names)) < len(names):
            raise refuse("E-F17", found=f"{len(members)}")
        if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
            raise refuse("E-F17", found="..")
        if any(name.endswith((".zip", ".7z", ".rar", ".xlsx")) for name in lowered):
            raise refuse("E-F17", found="zip")
        if any(member.flag_bits & 1 for member in members):
            raise refuse("E-F09")
        if any("vbaproject" in name for name in lowered):
            raise refuse("E-F10")
        if "xl/workbook.xml" not in names:
            raise refuse("E-F34")
        if sum(member.file_size for member in members) > self._limit:
            raise self._too_large()
        links = [name for name in names if name.startswith("xl/externalLinks/_rels/")]
        if links:
            target = _TARGET.search(self._zip.read(links[0])[:10_000])
            raise refuse(
                "E-F11", found=target.group(1).decode("utf-8", "replace")[:80] if target else links[0]
            )

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def open(self, name: str) -> "_Stream":
        """A member as a stream that stops at the budget and at a document type definition."""
        return _Stream(self, self._zip.open(name))

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self._too_large()

    def _too_large(self) -> Exception:
        return refuse("E-F12", limit=round(self._limit / 1e6))


class _Stream:
    def __init__(self, archive: Archive, raw: Any) -> None:
        self._archive, self._raw, self._tail = archive, raw, b""

    def __enter__(self) -> "_Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; at most 64 KB at once, so that a bomb is noticed early."""
        try:
            part = self._raw.read(65_536 if size < 0 else min(size, 65_536))
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise refuse("E-F18") from None
        self._archive.spend(len(part))
        seen = self._tail + part
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or b"\0" in part:
            raise refuse("E-F16")
        self._tail = part[-16:]
        return part
