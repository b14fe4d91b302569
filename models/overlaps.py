"""Which pairs may hold central money twice (108-II.2): evidence per field, a rank, and what was decided.

Projects that carry central money against the lists of other central programmes and against one another, over
all cities. Pairs are found by joins on whole columns (credit code, project code, normalised title, unit name)
and never by comparing all with all; what only looks alike without one of the four in common is not found.
Listed twice is legal, central money twice is not: a pair is a question, and people decide it. Pure.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from models.overlap_decisions import Likeness, OverlapVerdict
from models.records import KEY_SEPARATOR

KEY = ["city", "project"]

#: The fields that are compared, and what an equal one adds to the rank (0 to 100). Ours, no source.
WEIGHTS = {"unit_code": 35, "project_code": 60, "title": 35, "unit_name": 20, "amount": 10}

#: What a field that differs takes from the rank. An amount that differs says nothing: two programmes seldom
#: give the same.
AGAINST = {"unit_code": 20, "project_code": 10, "title": 15, "unit_name": 10, "amount": 0}

#: From which share of common pairs of characters two texts are similar.
_ALIKE = {"title": 0.6, "unit_name": 0.7}

#: Amounts that differ by at most this share are similar.
_NEAR = 0.05

#: A value that more rows than this hold tells nothing and finds no pair.
_MOST_SHARED = 50

#: Pairs below this rank are not kept.
LEAST_RANK = 25

#: What a national project code has at least; shorter ones number a city's own list.
_NATIONAL_DIGITS = 12

_LEGAL_FORM = r"(有限责任公司|股份有限公司|有限公司|股份公司|公司)$"
_PLAIN_WORD = r"(建设项目|项目|工程)$"

#: Columns of the facts: see ``overlap_facts``.
COLUMNS = (
    *("overlap_rank", "overlap_pairs", "overlap_with", "overlap_programme", "overlap_elsewhere"),
    *("overlap_amount", "overlap_breach", "overlap_equal"),
)


def counterpart(kind: str) -> pl.Expr:
    """The text that names the other side: of a list its city and record key, of the pilot city and code."""
    return pl.concat_str(pl.lit(kind), "city", "key", separator=KEY_SEPARATOR)


def listed(lists: pl.DataFrame) -> pl.DataFrame:
    """Rows of other programmes' lists, shaped to be compared. ``lists`` as ``models.inputs`` fetches them."""
    return _comparable(
        lists.select(
            *("city", "programme", "title", "unit_name", "unit_code", "project_code", "amount"),
            project=pl.lit(None, pl.String),
            key="record_key",
            paid=pl.col("amount").fill_null(0) > 0,
        ),
        "list",
    )


def projects(facts: pl.DataFrame) -> pl.DataFrame:
    """Projects, shaped to be compared: of ``facts`` city, project, programme, name, unit, codes and award."""
    return _comparable(
        facts.select(
            *("city", "project", "programme", "unit_name", "unit_code", "paid"),
            key="project",
            title="name",
            project_code="project",
            amount="reward",
        ),
        "project",
    )


def _comparable(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    code = pl.col("project_code").str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
    return frame.with_columns(
        other=counterpart(kind),
        code_key=pl.when(code != "").then(code),
        national=(code.str.count_matches("[0-9]") >= _NATIONAL_DIGITS).fill_null(False),
        unit_code_key=pl.col("unit_code").str.to_uppercase(),
        title_key=plain("title", _PLAIN_WORD),
        unit_key=plain("unit_name", _LEGAL_FORM),
    )


def plain(name: str, ending: str) -> pl.Expr:
    """A text for comparing: one width, no signs, without the words at its end that say nothing."""
    text = pl.col(name).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    short = text.str.replace(ending, "")
    return pl.when(short != "").then(short).when(text != "").then(text)


def candidates(mine: pl.DataFrame, lists: pl.DataFrame, elsewhere: pl.DataFrame) -> pl.DataFrame:
    """One row a pair, of rank LEAST_RANK or more, highest first.

    ``mine`` (of ``projects``) against ``lists`` (of ``listed``), against one another and against ``elsewhere``
    (projects of cities that are not looked at). Only projects with central money (``paid``) are paired with
    lists; among projects only those with an award and of one programme; each pair once, the smaller key first, unless it is a pair with ``elsewhere``.
    Columns: those of the two sides with ``_a`` and ``_b``, ``pair`` ("list" or "project"), ``{field}_is``
    (Likeness), ``{field}_score`` for texts, ``rank``.
    """
    paid, awarded = mine.filter("paid"), mine.filter(pl.col("amount") > 0)
    others = pl.concat([awarded, elsewhere.filter(pl.col("amount") > 0)])
    found = [
        _paired(paid, lists, _blocks(paid, lists, national=False), "list"),
        _paired(awarded, others, _pilot_blocks(awarded, others), "project"),
    ]
    ranked = _ranked(pl.concat(found)).filter(pl.col("rank") >= LEAST_RANK)
    return ranked.sort("rank", "other_a", "other_b", descending=[True, False, False])


def _pilot_blocks(own: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Row numbers of pairs among projects: of one programme, and each pair once. ``others`` begins with ``own``."""
    pairs = _blocks(own, others, national=True)
    once = pairs.filter((pl.col("b") >= own.height) | (pl.col("a") < pl.col("b")))
    return once.filter(own["programme"].gather(once["a"]) == others["programme"].gather(once["b"]))


def _blocks(left: pl.DataFrame, right: pl.DataFrame, *, national: bool) -> pl.DataFrame:
    """Row numbers (a, b) of rows that share one of the four keys."""
    found = []
    for name in ("unit_code_key", "code_key", "title_key", "unit_key"):
        a, b = _keyed(left, name, "a", national), _keyed(right, name, "b", national)
        found.append(a.join(b, on=name).select("a", "b"))
    return pl.concat(found).unique(maintain_order=True)


def _keyed(frame: pl.DataFrame, name: str, number: str, national: bool) -> pl.DataFrame:
    """Rows by one key, without those whose key is shared by so many that it tells nothing."""
    rows = frame.select(name, "national").with_row_index(number).drop_nulls(name)
    if name == "code_key" and national:
        rows = rows.filter("national")
    rows = rows.select(name, number)
    common = rows.group_by(name).len().filter(pl.col("len") > _MOST_SHARED)
    return rows.join(common, on=name, how="anti") if common.height else rows


def _paired(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame, kind: str) -> pl.DataFrame:
    a = left[pairs["a"]].select(pl.all().name.suffix("_a"))
    b = right.select(left.columns)[pairs["b"]].select(pl.all().name.suffix("_b"))
    return pl.concat([a, b], how="horizontal").with_columns(pair=pl.lit(kind))


def _ranked(pairs: pl.DataFrame) -> pl.DataFrame:
    pairs = pairs.with_columns(
        title_score=_common(pairs, "title_key"), unit_name_score=_common(pairs, "unit_key")
    )
    codes = pl.col("national_a") & pl.col("national_b")
    same_code = pl.col("code_key_a") == pl.col("code_key_b")
    amount_a, amount_b = pl.col("amount_a"), pl.col("amount_b")
    near = (amount_a - amount_b).abs() <= _NEAR * pl.max_horizontal(amount_a, amount_b)
    pairs = pairs.with_columns(
        unit_code_is=_likeness("unit_code_key"),
        project_code_is=pl.when(same_code & ((pl.col("pair") == "list") | codes))
        .then(pl.lit(str(Likeness.EQUAL)))
        .when(codes)
        .then(pl.lit(str(Likeness.DIFFERS)))
        .otherwise(pl.lit(str(Likeness.UNKNOWN))),
        title_is=_likeness("title_key", pl.col("title_score") >= _ALIKE["title"]),
        unit_name_is=_likeness("unit_key", pl.col("unit_name_score") >= _ALIKE["unit_name"]),
        amount_is=_likeness("amount", near),
    )
    return pairs.with_columns(rank=pl.sum_horizontal(_weight(name) for name in WEIGHTS).clip(0, 100).round(1))


def _likeness(name: str, similar: pl.Expr | None = None) -> pl.Expr:
    a, b = pl.col(f"{name}_a"), pl.col(f"{name}_b")
    said = pl.when(a.is_null() | b.is_null()).then(pl.lit(str(Likeness.UNKNOWN)))
    said = said.when(a == b).then(pl.lit(str(Likeness.EQUAL)))
    if similar is not None:
        said = said.when(similar).then(pl.lit(str(Likeness.SIMILAR)))
    return said.otherwise(pl.lit(str(Likeness.DIFFERS)))


def _weight(name: str) -> pl.Expr:
    said, weight = pl.col(f"{name}_is"), float(WEIGHTS[name])
    score = pl.col(f"{name}_score") if name in _ALIKE else pl.lit(0.5)
    return (
        pl.when(said == str(Likeness.EQUAL))
        .then(weight)
        .when(said == str(Likeness.SIMILAR))
        .then(weight * score)
        .when(said == str(Likeness.DIFFERS))
        .then(-float(AGAINST[name]))
        .otherwise(0.0)
    )


def _common(pairs: pl.DataFrame, name: str) -> pl.Series:
    """Dice's coefficient over pairs of neighbouring characters, null where a text is missing."""
    grams = pairs.select(a=_grams(f"{name}_a"), b=_grams(f"{name}_b"))
    both = pl.col("a").list.set_intersection("b").list.len().cast(pl.Float64)
    whole = pl.col("a").list.len() + pl.col("b").list.len()
    return grams.select(pl.when(whole > 0).then(2 * both / whole)).to_series()


def _grams(name: str) -> pl.Expr:
    letters = pl.col(name).str.split("")
    doubled = letters.list.eval(pl.element() + pl.element().shift(-1)).list.drop_nulls()
    return pl.when(pl.col(name).str.len_chars() > 1).then(doubled).otherwise(letters).list.unique()


#: The values of either side that a decision rests on.
_COMPARED = ("unit_code", "project_code", "title", "unit_name", "amount")


def compared(pair: Mapping[str, Any]) -> str:
    """The compared values of a pair as one JSON text, the same for the same values."""
    sides = {side: {name: pair[f"{name}_{side}"] for name in _COMPARED} for side in ("a", "b")}
    return json.dumps(sides, ensure_ascii=False, sort_keys=True)


def changed(before: str, now: str) -> tuple[tuple[str, str, Any, Any], ...]:
    """What changed since a decision: (side, field, then, now); empty where nothing did."""
    old, new = json.loads(before), json.loads(now)
    return tuple(
        (side, name, old[side].get(name), new[side].get(name))
        for side in ("a", "b")
        for name in _COMPARED
        if old[side].get(name) != new[side].get(name)
    )


def with_decisions(pairs: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The pairs with their newest decision: ``verdict`` where it still holds, ``verdict_before`` in any case.

    ``decisions``: city, project, other, decided_at, verdict, compared, reason, document_no, decided_by. A pair
    of two projects may have been decided from either side. ``now`` are the values as they are.
    """
    known = _known(decisions)
    found = pairs.join(known, on=["other_a", "other_b"], how="left", maintain_order="left")
    decided = found.filter(pl.col("compared").is_not_null())
    now = [compared(row) for row in decided.iter_rows(named=True)]  # few: those that people decided
    fresh = decided.select("other_a", "other_b", now=pl.Series(now, dtype=pl.String))
    found = found.join(fresh, on=["other_a", "other_b"], how="left", maintain_order="left")
    return found.with_columns(verdict=pl.when(pl.col("compared") == pl.col("now")).then("verdict_before"))


def _known(decisions: pl.DataFrame) -> pl.DataFrame:
    """The newest decision of every pair, told from both of its sides."""
    told = ("verdict", "compared", "reason", "document_no", "decided_by", "decided_at")
    name = pl.concat_str(pl.lit("project"), *KEY, separator=KEY_SEPARATOR)
    straight = decisions.select(name.alias("other_a"), pl.col("other").alias("other_b"), *told)
    mutual = straight.filter(pl.col("other_b").str.starts_with("project" + KEY_SEPARATOR))
    turned = mutual.rename({"other_a": "other_b", "other_b": "other_a"}).select(straight.columns)
    turned = turned.with_columns(compared=_turned(turned["compared"]))
    both = pl.concat([straight, turned]).sort("decided_at", maintain_order=True)
    return both.unique(["other_a", "other_b"], keep="last").rename({"verdict": "verdict_before"})


def _turned(texts: Iterable[str]) -> pl.Series:
    """Compared values with their two sides exchanged."""
    swapped = []
    for text in texts:
        sides = json.loads(text)
        turned = {"a": sides["b"], "b": sides["a"]}
        swapped.append(json.dumps(turned, ensure_ascii=False, sort_keys=True))
    return pl.Series(swapped, dtype=pl.String)


def overlap_facts(pairs: pl.DataFrame) -> pl.DataFrame:
    """One row per project that stands in a pair which nobody settled: COLUMNS, of its highest pair.

    ``pairs`` of ``with_decisions``. A breach stays until another decision follows. ``overlap_with`` and
    ``overlap_programme`` are null where the other side is another city's: it is not for everybody to see.
    """
    open_yet = pairs.filter(pl.col("verdict").is_null() | (pl.col("verdict") == str(OverlapVerdict.BREACH)))
    equal = pl.sum_horizontal((pl.col(f"{n}_is") == str(Likeness.EQUAL)).cast(pl.Int64) for n in WEIGHTS)
    open_yet = open_yet.with_columns(equal=equal)
    sides = [_side(open_yet, "a", "b"), _side(open_yet.filter(pl.col("pair") == "project"), "b", "a")]
    rows = pl.concat(sides).sort("overlap_breach", "overlap_rank", descending=True, maintain_order=True)
    return (
        rows.group_by(KEY, maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in COLUMNS if name not in ("overlap_pairs", "overlap_breach")),
            overlap_pairs=pl.len().cast(pl.Int64),
            overlap_breach=pl.col("overlap_breach").any(),
        )
        .select(*KEY, *COLUMNS)
    )


def _side(pairs: pl.DataFrame, own: str, other: str) -> pl.DataFrame:
    elsewhere = pl.col(f"city_{other}") != pl.col(f"city_{own}")
    return pairs.select(
        city=f"city_{own}",
        project=f"project_{own}",
        overlap_rank=pl.col("rank"),
        overlap_with=pl.when(~elsewhere).then(f"title_{other}"),
        overlap_programme=pl.when(~elsewhere & (pl.col("pair") == "list")).then(f"programme_{other}"),
        overlap_elsewhere=elsewhere,
        overlap_amount=pl.when(pl.col(f"paid_{other}")).then(pl.coalesce(f"amount_{other}", pl.lit(0))),
        overlap_breach=(pl.col("verdict") == str(OverlapVerdict.BREACH)).fill_null(False),
        overlap_equal=pl.col("equal"),
        overlap_pairs=pl.lit(1, pl.Int64),
    )
