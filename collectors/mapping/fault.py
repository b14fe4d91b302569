"""What is wrong with a mapping's TOML, as one clear line: which key, and what is expected there.

Refuses to let an error of the checker through as it stands: every kind of it has its own sentence here.
"""

from collections.abc import Mapping as Table
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from models.words import Words, mark, words

IN_MAPPING = mark("Mapping {name}, {key}: {expected}.")

_KINDS = {
    "missing": mark("this key is missing"),
    "string_type": mark("a text in quotation marks is expected"),
    "int_type": mark("a whole number is expected"),
    "bool_type": mark("true or false is expected"),
    "list_type": mark("a list in square brackets is expected"),
    "dict_type": mark("a table is expected"),
    "model_type": mark("a table is expected"),
}
_ONE_OF = mark("one of {known} is expected")
_NO_SUCH_KEY = mark("there is no such key; known here: {known}")
_NOT_UNDERSTOOD = mark("this value is not understood")


class MappingError(ValueError):
    """A mapping that cannot be used: ``key`` is where, ``message`` (a message id) what is expected there."""

    def __init__(self, name: str, key: str, message: str, **values: Any) -> None:
        self.name, self.key, self.message, self.values = name, key, message, values
        super().__init__(name, key, message)

    def __str__(self) -> str:
        return self.text(words("en"))

    def text(self, t: Words) -> str:
        """The whole line, in a language."""
        return t(IN_MAPPING, name=self.name, key=self.key, expected=t(self.message, **self.values))

    def both(self) -> tuple[str, str]:
        """The line in Chinese and in English."""
        return self.text(words("zh_CN")), self.text(words("en"))


def first_fault(name: str, error: ValidationError, model: type[BaseModel]) -> MappingError:
    """The first thing that the shape of the file is wrong in; a key misspelt before the key it leaves missing."""
    found = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = tuple(part for part in found["loc"] if isinstance(part, str))
    key = ".".join(place)
    if found["type"] == "extra_forbidden":
        return MappingError(name, key, _NO_SUCH_KEY, known=known_keys(model, place))
    if found["type"] == "literal_error":
        return MappingError(name, key, _ONE_OF, known=found["ctx"]["expected"].replace(" or ", ", "))
    return MappingError(name, key, _KINDS.get(found["type"], _NOT_UNDERSTOOD))


def known_keys(model: type[BaseModel], place: tuple[str, ...]) -> str:
    """The keys that may stand where ``place`` stands, nearest first."""
    for part in place[:-1]:
        inner = model.model_fields.get(part)
        model = _model_in(inner.annotation) if inner is not None else model
    return nearest_first(place[-1], model.model_fields)


def nearest_first(word: str, known: Table[str, Any] | list[str]) -> str:
    near = get_close_matches(word, list(known), 3, 0.5)
    return ", ".join([*near, *(name for name in known if name not in near)])


def _model_in(annotation: Any) -> type[BaseModel]:
    """The model within an annotation such as ``dict[str, Model]`` or ``Model | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_model_in(arg) for arg in getattr(annotation, "__args__", ()) if arg is not type(None)]
    return next((model for model in inner if model is not BaseModel), BaseModel)
