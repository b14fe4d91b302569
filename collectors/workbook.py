"""XLSX → its sheets as text cells with the row numbers Excel shows. Never runs a formula or follows a link.

The archive is looked over and unpacked (``collectors/archive.py``), its parts are read
(``collectors/package.py``), each sheet is looked over (``collectors/grid.py``) and its values are read
(``collectors/values.py``). What is odd about cells is kept beside the texts and told once the header says
which column is which. A new kind of oddity is a line in ``Tab._findings``.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from errno import ENOMEM

import polars as pl

from collectors.archive import unpacked
from collectors.forms import Cell
from collectors.grid import Grid, laid_out, too_long
from collectors.package import EPOCH_1904, Package, Worksheet, opened
from collectors.pieces import cells, shared_bytes
from collectors.problems import Finding, Refused, letter, refuse
from collectors.structure import HEADER_ROWS, Header, Record
from collectors.values import NOTES, Texts, gave_up, read

_log = logging.getLogger(__name__)

#: What cell A1 of a template's own cover sheet says, in Chinese and in English; B1 tells the version.
COVER_ZH, COVER_EN = "试点调度台填报说明", "Pilot Dispatch template"

#: Bytes of the shortest cell that names a shared text.
_SMALLEST_CELL = len('<c r="A1" t="s"><v>0</v></c>')

#: What a number format may show beside an amount in 10k yuan.
OUR_UNITS = ("万元", "万")


@dataclass(frozen=True)
class Tab:
    """A sheet with data. ``lines``: ``row_no`` and a text column a position ("0", "1", …), "" for empty.

    ``notes``: ``row_no``, ``column`` (null for the whole row), ``said`` and ``unit``. ``merged``: ``ref`` and
    ``last``, the last row of each merged range. ``folded``: positions of hidden columns.
    """

    name: str
    visible: bool
    epoch: date
    lines: pl.DataFrame
    notes: pl.DataFrame
    merged: pl.DataFrame
    folded: frozenset[int]

    @property
    def is_cover(self) -> bool:
        """Is this the cover of a template, which no figure stands on?"""
        return self.cell("A1").strip() in (COVER_ZH, COVER_EN)

    def cell(self, reference: str) -> str:
        """The text of one cell by its name, such as "B1"; "" where it is empty."""
        column, row = reference.rstrip("0123456789"), int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        names = {letter(int(name)): name for name in self.lines.columns[1:]}
        found = self.lines.filter(pl.col("row_no") == row)
        return found[names[column]][0] if found.height and column in names else ""

    def head(self) -> list[Record]:
        """The first ten rows, as Excel counts them."""
        head = self.lines.filter(pl.col("row_no") <= HEADER_ROWS)
        return [Record(number, number, tuple(texts)) for number, *texts in head.iter_rows()]

    def below(self, header: Header) -> tuple[pl.Series, pl.DataFrame, list[Finding]]:
        """Row numbers and text columns of the data below the header, and what is wrong with them."""
        lines = self.lines.filter(pl.col("row_no") > header.row)
        return lines["row_no"], lines.drop("row_no"), list(self._findings(header))

    def _findings(self, header: Header) -> Iterator[Finding]:
        of = {index: header.form.by_name[name].cell for name, index in header.columns.items()}
        codes = [index for index, cell in of.items() if cell in (Cell.CODE, Cell.CREDIT_CODE)]
        amounts = [index for index, cell in of.items() if cell == Cell.MONEY]
        yield from self._by_column("E-C90", header, pl.col("said") == "uncalculated")
        yield from self._by_column("W-C91", header, pl.col("said") == "formula")
        yield from self._by_column(
            "E-C54", header, (pl.col("said") == "lost") & pl.col("column").is_in(codes)
        )
        odd = (pl.col("said") == "unit") & ~pl.col("unit").is_in(OUR_UNITS) & pl.col("column").is_in(amounts)
        yield from self._by_column("E-C64", header, odd, {"expected": ("万元", "10k yuan")})
        hidden = self.notes.filter(pl.col("said") == "hidden", pl.col("row_no") > header.row)
        if hidden.height:
            yield Finding("W-S48", None, hidden.select("row_no").sort("row_no"))
        folded = [header.label(index) for index in sorted(self.folded & set(header.columns.values()))]
        if folded:
            yield Finding("N-S55", None, None, {"found": ", ".join(folded)})
        merged = self.merged.filter(pl.col("last") > header.row)["ref"]
        if len(merged):
            yield Finding("E-S47", None, None, {"found": ", ".join(merged.head(5))})
        if self.epoch == EPOCH_1904:
            yield Finding("N-C80")

    def _by_column(
        self, code: str, header: Header, which: pl.Expr, values: dict | None = None
    ) -> Iterator[Finding]:
        noted = self.notes.filter(which, pl.col("row_no") > header.row).sort("column", "row_no")
        units = self.notes.filter(pl.col("said") == "unit").select("row_no", "column", shown="unit")
        for (index,), some in noted.group_by("column", maintain_order=True):
            texts = self.lines.select("row_no", found=str(index))
            rows = some.join(texts, on="row_no", how="left", maintain_order="left")
            rows = rows.join(units, on=["row_no", "column"], how="left", maintain_order="left")
            found = pl.col("found").fill_null("") + pl.col("shown").fill_null("")
            yield Finding(code, header.label(index), rows.select("row_no", found), values or {})


def read_workbook(content: bytes, *, max_unpacked: int, max_rows: int | None) -> tuple[Tab, ...]:
    """Every sheet that holds anything, also hidden ones, in the workbook's order. Raises Refused."""
    with _foreign():
        parts = unpacked(content, max_unpacked)
        package = opened(parts)
        parts.clear()
        found = [(sheet, grid) for sheet in package.sheets if (grid := laid_out(sheet.xml, max_rows))]
        for _, grid in found:
            _check_texts(grid, package, max_unpacked)
        texts = _texts([grid for _, grid in found], package)
        tabs = [_tab(sheet, grid, told, package) for (sheet, grid), told in zip(found, texts, strict=True)]
    for tab in tabs:
        if max_rows is not None and tab.lines.height > max_rows + HEADER_ROWS:
            raise too_long(max_rows)
    return tuple(tab for tab in tabs if tab.lines.height)


def _check_texts(grid: Grid, package: Package, max_unpacked: int) -> None:
    """Shared texts are small in the file and as large as they are in every cell that names them."""
    cells_at_most = sum(len(piece.xml) for piece in grid.pieces) // _SMALLEST_CELL
    if cells_at_most * min(len(package.strings), int(package.lengths.max() or 0)) <= max_unpacked:
        return
    if sum(shared_bytes(piece, package.lengths) for piece in grid.pieces) > max_unpacked:
        raise refuse("E-F12", limit=round(max_unpacked / 1e6))


@contextmanager
def _foreign() -> Iterator[None]:
    """Whatever a foreign parser raises over foreign bytes is an answer about the file."""
    try:
        yield
    except Refused:
        raise
    except BaseException as error:
        if gave_up(error) or _is_want(error):
            _log.warning("a workbook takes more than there is", exc_info=error)
            raise refuse("E-F35") from None
        if not isinstance(error, Exception):
            raise
        _log.info("a workbook cannot be read", exc_info=error)
        raise refuse("E-F18") from None


def _is_want(error: BaseException) -> bool:
    """Does it say that memory, or a thread, could not be had?"""
    out_of_threads = isinstance(error, RuntimeError) and "thread" in str(error)
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == ENOMEM or out_of_threads


def _texts(grids: Sequence[Grid], package: Package) -> list[list[Texts]]:
    """The pieces' texts by sheet."""
    told = iter(read([piece for grid in grids for piece in grid.pieces], package))
    return [[next(told) for _ in grid.pieces] for grid in grids]


def _tab(sheet: Worksheet, grid: Grid, told: Sequence[Texts], package: Package) -> Tab:
    """One sheet's pieces together, without empty rows and without empty columns at the right."""
    notes = pl.concat([*(texts.notes for texts in told), *_formulas(grid), _hidden(grid)])
    numbered = [
        texts.lines.select(
            pl.int_range(piece.first, piece.last + 1, dtype=pl.Int64).alias("row_no"), pl.all()
        )
        for piece, texts in zip(grid.pieces, told, strict=True)
    ]
    with_formula = notes.filter(pl.col("said").is_in(["formula", "uncalculated"]))
    lines = pl.concat(numbered, how="diagonal")
    wide = range(max((with_formula["column"] + 1).to_list(), default=0))
    lines = lines.with_columns(pl.lit("").alias(str(n)) for n in wide if str(n) not in lines.columns)
    if len(numbered) > 1:
        lines = lines.fill_null("")
    lines = _without_empty(lines, with_formula)
    notes = notes.filter(pl.col("row_no").is_in(lines["row_no"].implode()))
    return Tab(sheet.name, sheet.visible, package.epoch, lines, notes, grid.merged, grid.folded)


def _formulas(grid: Grid) -> Iterator[pl.DataFrame]:
    for piece in grid.pieces if grid.formulas else ():
        said = pl.when("filled").then(pl.lit("formula")).otherwise(pl.lit("uncalculated"))
        found = cells(piece, formulas=True).select("row_no", "column", said=said, unit=pl.lit(""))
        yield found.cast(NOTES).unique(maintain_order=True)


def _hidden(grid: Grid) -> pl.DataFrame:
    rows = grid.hidden.alias("row_no").to_frame()
    return rows.select("row_no", column=pl.lit(None), said=pl.lit("hidden"), unit=pl.lit("")).cast(NOTES)


def _without_empty(lines: pl.DataFrame, with_formula: pl.DataFrame) -> pl.DataFrame:
    names = lines.columns[1:]
    if (lines["0"] == "").any():
        filled = pl.any_horizontal(pl.col(names) != "") if names else pl.lit(False)
        lines = lines.filter(filled | pl.col("row_no").is_in(with_formula["row_no"].implode()))
    formulas = set(with_formula["column"].to_list())
    while names and int(names[-1]) not in formulas and not (lines[names[-1]] != "").any():
        names.pop()
    return lines.select("row_no", *names)
