"""Where lines end in Chinese and mixed text: between characters, never before a closing mark or after an opening one.

The PDF library ends lines at spaces only, or anywhere. Pure; how wide a text is, the caller says.
"""

import re
from collections.abc import Callable, Iterator

_CLOSING = "，。；：、！？）〕】》”’％%,.;:!?)…"
_OPENING = "（〔【《“‘("

#: What is never parted: a run of letters and digits, or one character; spaces are their own.
_PIECES = re.compile(r"\s+|[!-~\u00a0-\u024f]+|.", re.DOTALL)


def lines_of(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """A text as lines of at most ``width``; a piece that is wider than a whole line is parted anywhere."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and measure(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, piece = "", piece.lstrip()
        line += piece
        while measure(line.rstrip()) > width and len(line) > 1:
            cut = _fitting(line, width, measure)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> Iterator[str]:
    """The pieces, with closing marks on the one before and opening marks on the one after."""
    held = ""
    for found in _PIECES.finditer(text):
        piece = found.group()
        if held and (piece[0] in _CLOSING or held[-1] in _OPENING):
            held += piece
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


def _fitting(line: str, width: float, measure: Callable[[str], float]) -> int:
    """How many characters of a line fit, at least one."""
    cut = len(line) - 1
    while cut > 1 and measure(line[:cut]) > width:
        cut -= 1
    return cut
