"""Files as evidence: what they are follows from their bytes, and their names are made plain."""

import hashlib
import io
import zipfile

import pytest

from alerts.evidence import (
    EMPTY,
    MACROS,
    TOO_LARGE,
    TOO_MANY,
    WRONG_KIND,
    Upload,
    check_files,
    plain_name,
)
from models.vocabulary import MediaKind


def container(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


PDF, PNG, JPEG = b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"
XLSX = container("[Content_Types].xml", "xl/workbook.xml")
DOCX = container("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, MediaKind.PDF),
        ("A.PDF", PDF, MediaKind.PDF),
        ("a.png", PNG, MediaKind.PNG),
        ("a.jpg", JPEG, MediaKind.JPEG),
        ("a.jpeg", JPEG, MediaKind.JPEG),
        ("表.xlsx", XLSX, MediaKind.XLSX),
        ("a.docx", DOCX, MediaKind.DOCX),
    ],
)
def test_what_is_taken(name: str, content: bytes, kind: MediaKind) -> None:
    (file,), refusal = check_files([Upload(name, content)], max_bytes=1_000)
    assert (refusal, file.media, file.file_name) == (None, kind, name)
    row = file.row()
    assert (row["size"], row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.pdf", b"", EMPTY),
        ("a.pdf", PDF + b"x" * 1_000, TOO_LARGE),
        ("a.pdf", PNG, WRONG_KIND),
        ("a.pdf.exe", PDF, WRONG_KIND),
        ("pdf", PDF, WRONG_KIND),
        ("a.html", b"<script>", WRONG_KIND),
        ("a.svg", b"<svg/>", WRONG_KIND),
        ("a.xlsx", b"PK\x03\x04 no container", WRONG_KIND),
        ("a.xlsx", DOCX, WRONG_KIND),
        ("a.zip", container("x"), WRONG_KIND),
        ("a.xlsx", container("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), MACROS),
    ],
)
def test_what_is_refused(name: str, content: bytes, refusal: str) -> None:
    assert check_files([Upload(name, content)], max_bytes=1_000) == ([], refusal)


def test_one_bad_file_refuses_all_and_ten_are_enough() -> None:
    files = [Upload(f"{n}.pdf", PDF + bytes([n])) for n in range(11)]
    assert check_files(files, max_bytes=1_000)[1] == TOO_MANY
    assert len(check_files(files[:10], max_bytes=1_000)[0]) == 10
    assert check_files([*files[:2], Upload("x.pdf", b"no")], max_bytes=1_000) == ([], WRONG_KIND)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/回单.pdf", "回单.pdf"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("a\u202efdp.pdf", "afdp.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        ("x" * 200 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_names_are_made_plain(name: str, plain: str) -> None:
    assert plain_name(name) == plain and len(plain_name(name)) <= 100
