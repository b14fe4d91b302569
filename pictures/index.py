"""The folder of pictures: its files and the page that lists them in both languages."""

from pathlib import Path

from models import clock
from pictures.shots import CHINESE, SHOTS, Shot
from pictures.site import AT

_HEAD = """# 页面一览 · The pages

`make pictures` 生成：演示数据（全部虚构），时点 {at}（北京时间），1366×768。
Taken by `make pictures`: the demonstration (all figures made up) as of {at} in China, 1366×768.
"""

#: What a further look is called in the index.
_ALSO = {".en": "English", ".dark": "深色 dark", ".phone": "手机 phone"}


def keep(picture: bytes, path: Path) -> int:
    """Write a picture; its size in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(picture)


def write(folder: Path) -> None:
    """Write ``README.md`` of the folder."""
    (folder / "README.md").write_text(text(), encoding="utf-8")


def text() -> str:
    """Every page with its captions, and its further looks."""
    at = AT.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
    body = "\n".join(_entry(shot) for shot in SHOTS)
    return f"{_HEAD.format(at=at)}\n{body}"


def _entry(shot: Shot) -> str:
    first = CHINESE if CHINESE in shot.looks else shot.looks[0]
    also = " · ".join(
        f"[{_ALSO[look.suffix]}]({shot.file(look)})" for look in shot.looks if look is not first
    )
    more = f"\n\n{also}" if also else ""
    return f"## {shot.zh}\n\n{shot.en}{more}\n\n![{shot.en}]({shot.file(first)})\n"
