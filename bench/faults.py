"""A bad dispatch file: good rows, and one fault of everyday life in each of some others."""

from dataclasses import dataclass, field

import polars as pl

from bench import data

ROWS = 44

_HEADERS = (
    *("项目编号", "截止日期", "形象进度（%）", "累计完成投资（万元）", "本月完成投资（万元）"),
    *("年初累计完成投资（万元）", "年度计划投资（万元）", "下达（万元）", "拨付（万元）", "支付（万元）"),
    *("支出（万元）", "建设阶段", "进展情况", "存在问题", "下步措施"),
)


@dataclass(frozen=True)
class Fault:
    """``cells``: what the row says instead, by column. ``column``: where the fault is, None for a whole row."""

    zh: str
    en: str
    row: int  # as the spreadsheet counts
    column: str | None = None
    cells: dict[int, str] = field(default_factory=dict)

    @property
    def written(self) -> str:
        """The text that is at fault."""
        return "" if self.column is None else self.cells[_HEADERS.index(self.column)].strip('"')


def _cell(zh: str, en: str, row: int, at: int, text: str, **others: str) -> Fault:
    also = {int(name.removeprefix("c")): value for name, value in others.items()}
    return Fault(zh, en, row, _HEADERS[at], {at: text} | also)


#: In the order of the file. The doubled row repeats the one above it; the shifted one has a comma in a text.
FAULTS = (
    _cell("不存在的日期", "no such day", 4, 1, "2025-02-30"),
    _cell("有歧义的日期", "an ambiguous date", 6, 1, "03/04/2025"),
    _cell("缺日期", "no date", 8, 1, ""),
    _cell("未来的日期", "a day in the future", 10, 1, "2027-01-31"),
    _cell("金额带单位", "money with its unit", 12, 3, "1200万元"),
    _cell("金额是文字", "words for an amount", 14, 6, "未定"),
    _cell("千分位错误", "misplaced separators", 16, 7, '"1,24,5.5"'),
    _cell("负金额", "a negative amount", 18, 9, "-5"),
    _cell("以元代万元", "yuan for 10k yuan", 20, 6, "50000000"),
    _cell("支出大于支付", "spent more than paid", 22, 10, "200", c9="100"),
    _cell("进度 101%", "progress of 101 %", 24, 2, "101"),
    _cell("列表外的阶段", "a stage not in the list", 26, 11, "已完工"),
    _cell("未登记的项目", "an unknown project", 28, 0, "X-2025-77"),
    _cell("编号中以 O 代 0", "letter O for a zero in the code", 30, 0, "P000OO28"),
    Fault("重复行", "a doubled row", 33),
    Fault("错位行（值内逗号）", "a shifted row (a comma in a text)", 36),
    Fault("缺单元格的行", "a row cut short", 38),
    _cell("乱码", "damaged text", 40, 12, "设备安装\ufffd\ufffd批已到货"),
)


def bad_csv(keys: pl.DataFrame) -> bytes:
    """The file with all faults; ``keys``: as many registered projects as it has rows."""
    lines = data.dispatch_csv(keys, ROWS).decode("utf-8-sig").split("\n")
    rows = [line.split(",") for line in lines if line]
    for fault in FAULTS:
        cells = rows[fault.row - 1]
        for at, text in fault.cells.items():
            cells[at] = text
    rows[33 - 1] = list(rows[32 - 1])
    rows[36 - 1][12:13] = ["设备到货", "正在调试"]
    del rows[38 - 1][13:]
    return ("\ufeff" + "\n".join(",".join(cells) for cells in rows) + "\n").encode()
