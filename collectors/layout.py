"""How a source's file differs from ours: where its records are, what its fields are called, what it leaves out.

A layout is data that travels with a delivery; whoever reads applies it, and the original bytes stay as they
came. Refuses to translate codes: that is a mapping's work (``collectors/mapping.py``).
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from collectors.forms import Form

#: The formats of a layout; None is found out from the bytes.
FORMATS = ("json", "jsonl", "csv", "xlsx")


@dataclass(frozen=True)
class Layout:
    """``records``: the path to the list of records in JSON, names joined by dots, ``*`` for each of a list.

    ``fields``: (column of the form, the source's field); where given, a column is known by it alone.
    ``constants``: (column of the form, value) for columns that the data do not have. ``units``: (column of the
    form, unit of ``collectors/units.py``) for columns in another unit than ours.
    """

    format: str | None = None
    records: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    units: tuple[tuple[str, str], ...] = ()

    @property
    def is_json(self) -> bool:
        return self.format in ("json", "jsonl")

    @property
    def own_names(self) -> tuple[str, ...]:
        """The source's fields that are declared; none means that the form's own headers are looked for."""
        return tuple(field for _, field in self.fields)


PLAIN = Layout()


def fitted(form: Form, layout: Layout) -> Form:
    """The form as this source writes it."""
    if not layout.fields:
        return form
    return _fitted(form, layout.fields + tuple((name, name) for name, _ in layout.constants))


@lru_cache(maxsize=512)
def _fitted(form: Form, fields: tuple[tuple[str, str], ...]) -> Form:
    return replace(form, known_as=fields)
