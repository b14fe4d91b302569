"""An XLSX's zip archive, looked over before anything in it is parsed.

Refuses macros, links to other files, nested archives, odd names, document type definitions, and more bytes
than the limit: counted while inflating, whatever the directory claims.
"""

import io
import re
import zipfile
import zlib

from collectors.problems import Refused, refuse

MAX_MEMBERS = 1_000
_PIECE = 1 << 16
_TARGET = re.compile(rb'Target="([^"]{1,200})"')


def check_archive(content: bytes, max_unpacked: int) -> None:
    """Inflate every member once, piece by piece, and keep nothing. Raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive, max_unpacked)
            left = max_unpacked
            for member in archive.infolist():
                left = _check_member(archive, member, left, max_unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
        raise refuse("E-F18") from None


def _check_directory(archive: zipfile.ZipFile, max_unpacked: int) -> None:
    members = archive.infolist()
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
    if sum(member.file_size for member in members) > max_unpacked:
        raise _too_large(max_unpacked)
    links = [name for name in names if name.startswith("xl/externalLinks/_rels/")]
    if links:
        target = _TARGET.search(archive.read(links[0])[:10_000])
        raise refuse("E-F11", found=target.group(1).decode("utf-8", "replace")[:80] if target else links[0])


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, limit: int) -> int:
    """The budget after this member."""
    is_xml, tail = member.filename.endswith((".xml", ".rels")), b""
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise _too_large(limit)
            seen = tail + piece
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or (is_xml and b"\0" in piece):
                raise refuse("E-F16")
            tail = piece[-16:]
    return left


def _too_large(limit: int) -> Refused:
    return refuse("E-F12", limit=round(limit / 1e6))
