"""Somebody's text stays text, in Markdown and in HTML."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dashboard.parts import JOINER, Safe, cell, escape, joined, status, table
from models.vocabulary import Light
from models.words import words

_MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
_NASTY = st.text(
    alphabet=st.sampled_from(list("ab1 \n\t*_`~#>+-=|[](){}!<>&$\\:/.@\"'^;%项")) | st.characters(),
    max_size=60,
)


def _rendered(text: str) -> str:
    """What a Markdown reader would see of a text."""
    found = _MARKDOWN.render(text).strip().replace(JOINER, "")
    return found.removeprefix("<p>").removesuffix("</p>")


@given(_NASTY)
def test_escaped_text_renders_as_itself(text: str) -> None:
    printable = "".join(ch for ch in text if ch.isprintable() or ch.isspace())
    shown = _rendered(escape(printable))
    assert "<" not in shown
    assert " ".join(html.unescape(shown).split()) == " ".join(printable.replace(JOINER, "").split())


@pytest.mark.parametrize(
    "text", [":material/home:", ":red[x]", "www.example.com", "http://example.com", "a@example.com", ":tada:"]
)
def test_what_streamlit_looks_for_after_markdown_is_broken_up(text: str) -> None:
    told = re.sub(r"\\(.)", r"\1", escape(text))
    assert text not in told
    assert told.replace(JOINER, "") == text


@given(st.text(max_size=40))
def test_a_cell_holds_no_markup_of_others(text: str) -> None:
    assert "<" not in cell(text) and '"' not in cell(text)
    assert html.unescape(cell(text)) == text


def test_safe_pieces_pass_and_others_do_not() -> None:
    assert joined([Safe("<b>x</b>"), "<i>"]) == "<b>x</b> &lt;i&gt;"
    made = table([("<h>", "")], [("<script>",), (Safe("<b>ok</b>"),)])
    assert "<script>" not in made and "<h>" not in made and "<b>ok</b>" in made


def test_every_light_has_a_shape_and_a_word() -> None:
    said = [status(light, words("zh_CN")) for light in Light]
    assert len({text[0] for text in said}) == len(Light)
    assert all(len(text) > 2 for text in said)
