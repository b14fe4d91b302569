"""Why a JSON text is refused, and exactly where: a strict walk over its tokens, done only once it is known bad.

Python's own reader takes NaN, lets the last of two equal names win, and names no place for either. Refuses to
build anything: ``collectors/json_table.py`` reads. A new fault is a text here and a check in ``_Walk``.
"""

import re
from dataclasses import dataclass, field
from math import isinf

from models.words import mark

#: Objects and lists within each other that are read.
DEPTH = 32

#: Characters of a number that are read; an amount has 20.
DIGITS = 40

CUT_OFF = mark("the text ends in the middle")
TRAILING = mark("more text follows after the end")
CONSTANT = mark("NaN and Infinity are no numbers")
TOO_LARGE = mark("the number is larger than any figure can be")
TOO_LONG = mark("the number has more than 40 characters")
TWICE = mark("this name stands twice in one object")
TOO_DEEP = mark("objects and lists are nested more than 32 deep")
SURROGATE = mark("half a character (a lone surrogate) stands in a text")
CONTROL = mark("a control character stands in a text")
ESCAPE = mark("a backslash is followed by something that is no escape")
UNEXPECTED = mark("this is not expected here")
UNREADABLE = mark("it is no JSON")

_BLANK = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_CONSTANT = re.compile(r"-?(?:NaN|Infinity)")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u([0-9a-fA-F]{4}))')
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_SUSPECT = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Fault:
    """What is wrong and at which character of the text, counted from 0."""

    what: str
    at: int


class _Stop(Exception):
    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.fault = Fault(what, at)


def is_suspect(text: str) -> bool:
    """May a text hold half a character? Only then the walk is needed although Python could read it."""
    return _SUSPECT.search(text) is not None


def first_fault(text: str) -> Fault | None:
    """The first fault of a text; None where there is none."""
    walk = _Walk(text)
    try:
        walk.run()
    except _Stop as stop:
        return stop.fault
    return None


@dataclass
class _Walk:
    """One pass over a text. ``open``: for each object its names so far, for each list None."""

    text: str
    at: int = 0
    open: list[set[str] | None] = field(default_factory=list)

    def run(self) -> None:
        self._value()
        while self.open:
            self._member() if self.open[-1] is not None else self._element()
        self._skip()
        if self.at < len(self.text):
            raise _Stop(TRAILING, self.at)

    def _skip(self) -> None:
        self.at = _BLANK.match(self.text, self.at).end()

    def _peek(self) -> str:
        self._skip()
        if self.at >= len(self.text):
            raise _Stop(CUT_OFF, self.at)
        return self.text[self.at]

    def _value(self) -> None:
        """Read a scalar, or go into an object or list."""
        sign = self._peek()
        if sign in "{[":
            if len(self.open) >= DEPTH:
                raise _Stop(TOO_DEEP, self.at)
            self.open.append(set() if sign == "{" else None)
            self.at += 1
            self._closed_at_once("}" if sign == "{" else "]")
        elif sign == '"':
            self._string()
        elif word := _WORD.match(self.text, self.at):
            self.at = word.end()
        else:
            self._number()

    def _closed_at_once(self, sign: str) -> None:
        if self._peek() == sign:
            self._close()
        elif sign == "}":
            self._name()
        else:
            self._value()

    def _close(self) -> None:
        self.open.pop()
        self.at += 1

    def _member(self) -> None:
        """After a value within an object."""
        sign = self._peek()
        if sign == "}":
            self._close()
        elif sign == ",":
            self.at += 1
            self._name()
        else:
            raise _Stop(UNEXPECTED, self.at)

    def _element(self) -> None:
        """After a value within a list."""
        sign = self._peek()
        if sign == "]":
            self._close()
        elif sign == ",":
            self.at += 1
            self._value()
        else:
            raise _Stop(UNEXPECTED, self.at)

    def _name(self) -> None:
        if self._peek() != '"':
            raise _Stop(UNEXPECTED, self.at)
        at, name = self.at, self._string()
        if name in self.open[-1]:
            raise _Stop(TWICE, at)
        self.open[-1].add(name)
        if self._peek() != ":":
            raise _Stop(UNEXPECTED, self.at)
        self.at += 1
        self._value()

    def _string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self._bad_string()
        half = _half(found.group()) if is_suspect(found.group()) else None
        if half is not None:
            raise _Stop(SURROGATE, self.at + half)
        self.at = found.end()
        return found.group()

    def _bad_string(self) -> _Stop:
        """Where a text goes wrong: its end, a control character or an escape."""
        number, size = self.at + 1, len(self.text)
        while (number := _PLAIN.match(self.text, number).end()) < size:
            if self.text[number] < " ":
                return _Stop(CONTROL, number)
            escape = _ESCAPE.match(self.text, number)
            if escape is None:
                cut = size - number < 6 and self.text[number + 1 :].isalnum() | (number + 1 == size)
                return _Stop(CUT_OFF, size) if cut else _Stop(ESCAPE, number)
            number = escape.end()
        return _Stop(CUT_OFF, size)

    def _number(self) -> None:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            raise self._no_number()
        digits = found.group()
        if len(digits) > DIGITS:
            raise _Stop(TOO_LONG, self.at)
        if is_too_large(digits):
            raise _Stop(TOO_LARGE, self.at)
        self.at = found.end()
        rest = self.text[self.at : self.at + 3]
        if rest and self.at + len(rest) == len(self.text) and not rest.strip(".eE+-"):
            raise _Stop(CUT_OFF, len(self.text))

    def _no_number(self) -> _Stop:
        rest = self.text[self.at : self.at + 6]
        if self.at + len(rest) == len(self.text) and _begins_a_value(rest):
            return _Stop(CUT_OFF, len(self.text))
        return _Stop(CONSTANT if _CONSTANT.match(self.text, self.at) else UNEXPECTED, self.at)


def _begins_a_value(rest: str) -> bool:
    return rest == "-" or any(word.startswith(rest) for word in ("true", "false", "null"))


def _half(string: str) -> int | None:
    """Where half a character stands among the escapes of a string; None where all are whole."""
    high: re.Match | None = None
    for escape in _ESCAPE.finditer(string):
        code = int(escape[1] or "0", 16)
        is_low = 0xDC00 <= code <= 0xDFFF
        if high is not None and not (is_low and escape.start() == high.end()):
            return high.start()
        if high is None and is_low:
            return escape.start()
        high = escape if 0xD800 <= code <= 0xDBFF else None
    return None if high is None else high.start()


def is_too_large(digits: str) -> bool:
    """Is this number beyond what a number of a computer can hold, such as 1e999?"""
    return len(digits) <= DIGITS and isinf(float(digits))
