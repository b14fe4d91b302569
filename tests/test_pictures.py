"""The pictures of the pages: all there, none left over, small, and listed."""

from pathlib import Path

from pictures import index
from pictures.shots import SHOTS
from tests.browser.test_journeys import PAGES

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pages"
MOST_BYTES = 4 * 2**20


def test_every_picture_is_there_and_no_other() -> None:
    wanted = [shot.file(look) for shot in SHOTS for look in shot.looks]
    assert len(wanted) == len(set(wanted))
    assert {path.name for path in FOLDER.glob("*.webp")} == set(wanted)


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


def test_the_index_is_the_one_that_the_command_writes() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index.text()


def test_every_page_has_a_picture() -> None:
    taken = {shot.path.split("?")[0] for shot in SHOTS}
    assert {path.split("?")[0] for path in PAGES} <= taken
