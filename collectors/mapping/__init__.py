"""Declared mappings: another system's file, read into our forms by a TOML alone.

``docs/mapping.toml`` explains every key; ``manage.py mapping draft`` writes a first one from a sample. To add a
source, add a TOML to ``collectors/mappings/``. Refuses to load a name from anywhere but that folder: only the
command line takes a path.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from collectors.mapping.declared import MappingTold
from collectors.mapping.fault import MappingError, first_fault
from collectors.mapping.mapped import Mapping
from collectors.mapping.rules import check
from models.words import mark

__all__ = ["Mapping", "MappingError", "find_mapping", "known_mappings", "load_mapping", "read_mapping"]

_FOLDER = Path(__file__).parents[1] / "mappings"


def known_mappings() -> list[str]:
    """Names of the mappings there are."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


@lru_cache(maxsize=32)
def load_mapping(name: str) -> Mapping | None:
    """A mapping by name; None where there is none. Raises MappingError."""
    if name not in known_mappings():
        return None
    return read_mapping((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"), name)


def read_mapping(text: str, name: str) -> Mapping:
    """A mapping from its TOML text; ``name`` is what the file is called. Raises MappingError."""
    try:
        told = MappingTold.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(name, "TOML", mark("this is not TOML: {why}"), why=str(error)) from None
    except ValidationError as error:
        raise first_fault(name, error, MappingTold) from None
    try:
        check(told)
    except MappingError as error:
        error.name = name  # as the file is called, whatever it calls itself
        raise
    return Mapping(told)


def find_mapping(name_or_path: str) -> Mapping | None:
    """A mapping by name or by the path of its TOML: for the command line only. Raises MappingError."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        return load_mapping(name_or_path)
    return read_mapping(path.read_text(encoding="utf-8"), path.name) if path.is_file() else None
