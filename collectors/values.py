"""Pieces of sheets → columns of text, as a CSV export would show them, but exact.

Values come from calamine, through ``fastexcel``. It gives a column of numbers, of days or of texts exactly;
it does not tell a percentage from a number, nor a number from a text in a column that mixes them. There the
cell is looked up where it stands (``collectors/grid.py``) and its own digits are taken. A formula's value is
what the last save left beside it; nothing is calculated here.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain

import fastexcel
import polars as pl

from collectors.container import opened
from collectors.figures import EXACT_TO, figure, number
from collectors.package import Package, Style
from collectors.pieces import Piece, cells, columns_with
from collectors.problems import letter, refuse

logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of every empty column

#: What is odd about a cell: "lost" digits, or the "unit" that its format shows.
NOTES = {"row_no": pl.Int64, "column": pl.Int64, "said": pl.String, "unit": pl.String}

_FIGURE = {"text": pl.String, "lost": pl.Boolean, "unit": pl.String}

#: Characters of a number that has at most 15 digits, whatever they are.
_SHORT = 16

#: Below this a number may be written in scientific notation.
_TINY = 1e-3

#: Between these a day is the same to every reader: 1900 was no leap year, and a time of day is no day.
_PLAIN_DAYS = (datetime(1904, 1, 2), datetime(9999, 12, 30))

#: Telling styles up to which they are looked for one by one.
_FEW = 50

#: Threads that read one workbook at most, and bytes of XML for which a second one is worth its start.
_THREADS, _WORTH_SHARING = 4, 1_000_000

_PLAIN = Style()


@dataclass(frozen=True)
class Texts:
    """A row for every row of the piece from its first to its last, one column a position, "" for empty."""

    lines: pl.DataFrame
    notes: pl.DataFrame


def read(pieces: Sequence[Piece], package: Package) -> list[Texts]:
    """Every piece as texts. Raises Refused where a value does not arrive, and what the library raises."""
    groups = _groups(pieces)
    if len(groups) < 2:
        return _read_group(pieces, package)
    with ThreadPoolExecutor(len(groups)) as pool:
        told = list(pool.map(lambda group: _read_group([pieces[n] for n in group], package), groups))
    found = dict(zip(chain(*groups), chain(*told), strict=True))
    return [found[n] for n in range(len(pieces))]


def _groups(pieces: Sequence[Piece]) -> list[list[int]]:
    """The pieces shared out to as many threads as there are processors, evenly by size."""
    sizes = [len(piece.xml) for piece in pieces]
    count = min(os.cpu_count() or 1, _THREADS, len(pieces)) if sum(sizes) > _WORTH_SHARING else 1
    groups: list[list[int]] = [[] for _ in range(count)]
    for largest in sorted(range(len(pieces)), key=lambda n: -sizes[n]):
        min(groups, key=lambda group: sum(sizes[n] for n in group)).append(largest)
    return [group for group in groups if group]


def _read_group(pieces: Sequence[Piece], package: Package) -> list[Texts]:
    """By whole columns; where the library gives up over a day far beyond the calendar, without its days."""
    try:
        reader = opened(pieces, package)
        loads = [partial(_loaded, reader, n, piece) for n, piece in enumerate(pieces)]
        return [_read_piece(load, piece, package) for load, piece in zip(loads, pieces, strict=True)]
    except BaseException as error:
        if not gave_up(error):
            raise
    reader = opened(pieces, package.without_days)
    frames = [_loaded(reader, n, piece, dtypes="string") for n, piece in enumerate(pieces)]
    return [_thorough(frame, piece, package) for frame, piece in zip(frames, pieces, strict=True)]


def gave_up(error: BaseException) -> bool:
    """Did a library in Rust give up? Its exception has no public name, and is none that ``Exception`` catches."""
    return type(error).__name__ == "PanicException"


def _read_piece(load: Callable[..., pl.DataFrame], piece: Piece, package: Package) -> Texts:
    plain = _PLAIN in package.styles[:1] or not package.styles  # else cells that name no style have one
    quickly = None if piece.head or not plain else _quick(load, piece, package)
    return quickly or _thorough(load(dtypes="string"), piece, package)


def _loaded(reader: fastexcel.ExcelReader, number: int, piece: Piece, **options: str) -> pl.DataFrame:
    """The piece's typed columns "0", "1", …; other rows come only where cells contradict their rows."""
    batch = reader.load_sheet(number, header_row=None, schema_sample_rows=None, eager=True, **options)
    frame = pl.from_arrow(batch)
    if frame.height != piece.last - piece.first + 1:
        raise refuse("E-F18")
    return frame.rename(dict(zip(frame.columns, map(str, range(frame.width)), strict=True)))


def _quick(load: Callable[..., pl.DataFrame], piece: Piece, package: Package) -> Texts | None:
    """Whole columns as the library types them; only columns that may hold more are looked up.

    None where a text may have been taken for nothing, as the library does with "NA" among numbers.
    """
    try:
        frame, mixed = load(dtype_coercion="strict"), []
    except fastexcel.UnsupportedColumnTypeCombinationError:
        frame = load(dtype_coercion="coerce")
        mixed = _mixed(frame, piece)
    if (piece.words or package.says_nothing) and _gaps_with_texts(frame, piece):
        return None
    slow = {*mixed, *_doubtful(frame), *_telling(frame, piece, package.styles)}
    numbers = _figures(cells(piece, sorted(slow)), package) if slow else None
    return _overlaid(_shown(frame), numbers, piece)


def _thorough(frame: pl.DataFrame, piece: Piece, package: Package) -> Texts:
    """Every number looked up where it stands. Raises Refused where a value has not arrived."""
    found = cells(piece)
    texts = _overlaid(frame, _figures(found, package), piece)
    filled = found.filter("filled").select("row_no", "column").unique().height
    if texts.lines.height * texts.lines.width - sum(texts.lines.null_count().row(0)) != filled:
        raise refuse("E-F18")
    return replace(texts, lines=texts.lines.fill_null(""))


def _mixed(frame: pl.DataFrame, piece: Piece) -> Iterable[int]:
    """Columns of texts in which a number stands too."""
    texts = [int(name) for name, dtype in frame.schema.items() if dtype == pl.String]
    number = r'(?: (?:[a-su-z][a-z]*="[^"]*"|t="n"))*'
    return columns_with(piece, number, "|".join(letter(index) for index in texts)) if texts else []


def _gaps_with_texts(frame: pl.DataFrame, piece: Piece) -> bool:
    """Is there a text in a column of numbers or days that has gaps?"""
    gaps = [letter(int(c.name)) for c in frame if c.dtype != pl.String and c.null_count()]
    return bool(gaps) and columns_with(piece, r'[^>]*\st="[^n][^>]*', "|".join(gaps)) != []


def _doubtful(frame: pl.DataFrame) -> Iterator[int]:
    """Columns with a number that has lost digits or is none, or with a day that readers disagree about."""
    for name, dtype in frame.schema.items():
        values = frame[name]
        if dtype == pl.Float64:
            sure = (values.abs() < EXACT_TO).all()
        elif isinstance(dtype, pl.Datetime):
            whole = values.is_between(*_PLAIN_DAYS) & (values.dt.truncate("1d") == values)
            sure = whole.all() and not values.null_count()
        elif dtype in (pl.String, pl.Null):
            sure = True
        else:
            raise refuse("E-F18")
        if not sure:
            yield int(name)


def _telling(frame: pl.DataFrame, piece: Piece, styles: Sequence[Style]) -> Iterable[int]:
    """Columns with cells whose format says more than the number."""
    telling = [str(number) for number, style in enumerate(styles) if style.telling]
    if not telling or len(telling) > _FEW:
        return range(frame.width) if telling else ()
    return columns_with(piece, rf'[^>]*\ss="(?:{"|".join(telling)})"(?:[^>]*[^/>])?')


def _shown(frame: pl.DataFrame) -> pl.DataFrame:
    """Typed columns as texts."""
    texts = (_text(column) for column in frame)
    return pl.DataFrame([text.fill_null("") if text.null_count() else text for text in texts])


def _text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        days = column.unique()
        texts = days.dt.strftime("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
        return column.replace_strict(days, texts, default=None, return_dtype=pl.String)
    if column.dtype != pl.Float64:
        return column.cast(pl.String)
    whole = column.floor() == column
    if whole.all():
        return column.cast(pl.Int64, strict=False).cast(pl.String)
    text = column.cast(pl.String)
    text = text.str.strip_suffix(".0") if whole.any() else text
    long = (text.str.len_bytes() > _SHORT) | ((column.abs() < _TINY) & (column != 0))
    if not long.any():
        return text
    return text.scatter(long.arg_true(), [number(value) for value in column.filter(long)])


def _figures(found: pl.DataFrame, package: Package) -> pl.DataFrame:
    """Those of the cells that have a number: row_no, column, ``text``, and what NOTES say of it."""
    found = found.filter(pl.col("kind").fill_null("n") == "n", pl.col("value").is_not_null())
    kinds = found.select("value", "style").unique()
    read = [figure(value, _style(package, style), package.epoch) for value, style in kinds.iter_rows()]
    meant = pl.DataFrame(read, schema=_FIGURE, orient="row")
    return found.join(kinds.hstack(meant), on=["value", "style"], how="left", maintain_order="left")


def _style(package: Package, number: int) -> Style:
    return package.styles[number] if number < len(package.styles) else _PLAIN


def _overlaid(lines: pl.DataFrame, numbers: pl.DataFrame | None, piece: Piece) -> Texts:
    """The texts with each number that was looked up in its place, the last one where a place has several."""
    if numbers is None:
        return Texts(lines, pl.DataFrame(schema=NOTES))
    columns = []
    for (index,), some in numbers.filter(pl.col("column") < lines.width).group_by(
        "column", maintain_order=True
    ):
        columns.append(lines[str(index)].scatter(some["row_no"] - piece.first, some["text"]))
    notes = [
        numbers.filter("lost").select("row_no", "column", said=pl.lit("lost"), unit=pl.lit("")),
        numbers.filter(pl.col("unit") != "").select("row_no", "column", pl.lit("unit").alias("said"), "unit"),
    ]
    return Texts(lines.with_columns(columns), pl.concat(notes).cast(NOTES).unique(maintain_order=True))
