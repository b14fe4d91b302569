"""An XLSX's zip archive, looked over and unpacked before anything in it is parsed.

Refuses macros, links to other files, nested archives, odd names, document type definitions, other encodings
than UTF-8, and more bytes than the limit: counted while inflating, whatever the directory claims. What is
given on is what was looked at; the archive itself is read by nobody else.
"""

import codecs
import io
import re
import struct
import zipfile
import zlib

from collectors.problems import Refused, refuse

MAX_MEMBERS = 1_000
_TARGET = re.compile(rb'Target="([^"]{1,200})"')
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_DEFINITION = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*+<!(?!--)", re.DOTALL)
_ODD_NAME = re.compile(r"^/|^[A-Za-z]:|\\|[\x00-\x1f\x7f]|(?:^|/)\.\.(?:/|$)")
_NESTED = (".zip", ".7z", ".rar", ".xlsx", ".xlsm")
_NESTED_CONTENT = (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!\x1a\x07")


#: What other archives hold: how a part that tells them begins, the code, and what it is.
_OTHERS = (
    ("xl/workbook.bin", "E-F36", ".xlsb"),
    ("content.xml", "E-F36", ".ods"),
    ("Index/Document.iwa", "E-F36", ".numbers"),
    ("word/", "E-F34", ""),
    ("ppt/", "E-F34", ""),
    ("[Content_Types].xml", "E-F34", ""),
)


def check_kind(content: bytes) -> None:
    """Is it a workbook, and not something else in an archive? Raises Refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_kind(archive.namelist())
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        raise refuse("E-F18") from None


def _check_kind(names: list[str]) -> None:
    if "xl/workbook.xml" in names:
        return
    for beginning, code, kind in _OTHERS:
        if any(name.startswith(beginning) for name in names):
            raise refuse(code, found=kind)
    raise refuse("E-F37")


def unpacked(content: bytes, max_unpacked: int) -> dict[str, bytes]:
    """Every XML part by its name. Raises Refused.

    Every member is inflated once, also those that are not kept; together they may have ``max_unpacked`` bytes.
    """
    parts, left = {}, max_unpacked
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_directory(members, max_unpacked)
            for member in members:
                data = _inflated(content, member, left, max_unpacked)
                left -= len(data)
                if member.filename.endswith((".xml", ".rels")):
                    parts[member.filename] = _checked(data)
                elif data.startswith(_NESTED_CONTENT):
                    raise refuse("E-F17", found="zip")
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError):
        raise refuse("E-F18") from None
    _check_links(parts)
    return parts


def _check_directory(members: list[zipfile.ZipInfo], max_unpacked: int) -> None:
    names = [member.filename for member in members]
    lowered = [name.lower() for name in names]
    _check_kind(names)
    if len(members) > MAX_MEMBERS or len(set(lowered)) < len(names):
        raise refuse("E-F17", found=f"{len(members)}")
    if any(_ODD_NAME.search(member.orig_filename) or len(member.filename) > 255 for member in members):
        raise refuse("E-F17", found="..")
    if any(name.endswith(_NESTED) for name in lowered):
        raise refuse("E-F17", found="zip")
    if any(member.flag_bits & 1 for member in members):
        raise refuse("E-F09")
    if any("vbaproject" in name for name in lowered):
        raise refuse("E-F10")
    if sum(member.file_size for member in members) > max_unpacked:
        raise _too_large(max_unpacked)


def _inflated(content: bytes, member: zipfile.ZipInfo, left: int, limit: int) -> bytes:
    """A member's bytes, as they are and not as the directory says; not through ``zipfile``, which stops there.

    A member with fewer or more bytes than it should have was damaged, or means to deceive.
    """
    start = member.header_offset + 30
    names = struct.unpack_from("<HH", content, member.header_offset + 26)
    packed = memoryview(content)[start + sum(names) :][: member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        data, whole = bytes(packed[: left + 1]), True
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        data = engine.decompress(packed, left + 1)
        whole = engine.eof
    else:
        raise refuse("E-F17", found=f"method {member.compress_type}")
    if len(data) > left:
        raise _too_large(limit)
    if not whole or len(data) != member.file_size or zlib.crc32(data) != member.CRC:
        raise refuse("E-F18")
    return data


def _checked(data: bytes) -> bytes:
    """A part that is UTF-8 and defines no entities."""
    if b"\0" in data or _DEFINITION.match(data.removeprefix(codecs.BOM_UTF8)):
        raise refuse("E-F16")
    declared = _ENCODING.match(data[:200].removeprefix(codecs.BOM_UTF8))
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        raise refuse("E-F17", found=declared[1].decode("ascii", "replace")[:20])
    return data


def _check_links(parts: dict[str, bytes]) -> None:
    for name, data in parts.items():
        if name.startswith("xl/externalLinks/_rels/"):
            target = _TARGET.search(data[:10_000])
            raise refuse("E-F11", found=target[1].decode("utf-8", "replace")[:80] if target else name)


def _too_large(limit: int) -> Refused:
    return refuse("E-F12", limit=round(limit / 1e6))
