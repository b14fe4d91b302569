"""A bulletin as a file, by the ending of its name. A new format is a renderer over ``Bulletin`` and a line here.

The libraries of documents are loaded when the first document is asked for: commands, worker and pages start without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from alerts.bulletin.compose import compose
from alerts.bulletin.reading import Material
from alerts.bulletin.shape import Bulletin
from alerts.bulletin.writer import Depth
from models.words import Words


@dataclass(frozen=True)
class Format:
    """How it is written, what it is for browsers, and whether lists are whole in it."""

    renderer: str  # a module of this package
    media_type: str
    depth: Depth = Depth.SHOWN

    def render(self, bulletin: Bulletin) -> bytes:
        return import_module(f"alerts.bulletin.{self.renderer}").render(bulletin)


_OFFICE = "application/vnd.openxmlformats-officedocument"

FORMATS: Mapping[str, Format] = {
    ".docx": Format("docx", f"{_OFFICE}.wordprocessingml.document"),
    ".pdf": Format("pdf", "application/pdf"),
    ".xlsx": Format("xlsx", f"{_OFFICE}.spreadsheetml.sheet", Depth.WHOLE),
}


def written(material: Material, t: Words, ending: str) -> bytes:
    """The bytes of a bulletin. Raises KeyError for an ending that is not one of FORMATS."""
    wanted = FORMATS[ending]
    return wanted.render(compose(material, t, wanted.depth))
