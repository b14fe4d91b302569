"""A bulletin as a file, by the ending of its name. A new format is a renderer over ``Bulletin`` and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alerts.bulletin import docx, pdf, xlsx
from alerts.bulletin.compose import compose
from alerts.bulletin.reading import Material
from alerts.bulletin.shape import Bulletin
from alerts.bulletin.writer import Depth
from models.words import Words


@dataclass(frozen=True)
class Format:
    """How it is written, what it is for browsers, and whether lists are whole in it."""

    render: Callable[[Bulletin], bytes]
    media_type: str
    depth: Depth = Depth.SHOWN


_OFFICE = "application/vnd.openxmlformats-officedocument"

FORMATS: Mapping[str, Format] = {
    ".docx": Format(docx.render, f"{_OFFICE}.wordprocessingml.document"),
    ".pdf": Format(pdf.render, "application/pdf"),
    ".xlsx": Format(xlsx.render, f"{_OFFICE}.spreadsheetml.sheet", Depth.WHOLE),
}


def written(material: Material, t: Words, ending: str) -> bytes:
    """The bytes of a bulletin. Raises KeyError for an ending that is not one of FORMATS."""
    wanted = FORMATS[ending]
    return wanted.render(compose(material, t, wanted.depth))
