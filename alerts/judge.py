"""Facts × policy → findings and lights. Pure: whole columns, no database, no clock.

``judge`` says which rules speak on which project, ``lights`` what colour each project shows. Silence never
hides a red: red and yellow come before missing and stale. Explaining one finding: ``alerts/explain.py``.
"""

from collections.abc import Mapping

import polars as pl

from alerts.cities import city_frame
from alerts.policy import Limits, Policy
from alerts.rules import ALL_RULES
from alerts.rules.finding import worst
from models.facts import KEY, against_v1
from models.vocabulary import Freshness, Light

#: Lights from the mildest to the worst; also the whole part of a score.
LIGHT_RANK = {Light.GREEN: 0, Light.MISSING: 1, Light.STALE: 2, Light.YELLOW: 3, Light.RED: 4}

#: Columns of ``judge``.
LOOKS = {
    **dict.fromkeys((*KEY, "rule", "severity"), pl.String),
    "measured": pl.Float64,
    **dict.fromkeys(("known", "applies"), pl.Boolean),
    "inputs": pl.String,
}

#: Money at stake, in fen, that lifts a score by half a step: 10 亿元.
_HALF_STEP_FEN = 1e11


def judge(facts: pl.DataFrame, policy: Policy, *, also: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row per city, project and rule that speaks; ``project`` is empty for a rule about the city itself.

    ``also`` (city, project, rule) names pairs that are wanted even when the rule is silent: the open alerts.
    Columns: city, project, rule, severity (null: silent), measured, known, applies, inputs (JSON of the
    columns that explain it).
    """
    parts = [looks_at(facts, policy.project_rules, also)]
    if policy.city_rules:
        parts.append(looks_at(city_frame(facts), policy.city_rules, also))
    return pl.concat(parts)


def looks_at(rows: pl.DataFrame, rules: Mapping[str, Limits], also: pl.DataFrame | None) -> pl.DataFrame:
    """What some rules say of rows: of projects (``facts``) or of cities (``city_frame``); shaped like ``judge``."""
    frame, parts = _verdicts(rows, rules), [pl.DataFrame(schema=LOOKS)]
    for rule, limits in rules.items():
        silent = pl.col(f"{rule}:severity").is_null()
        wanted = [frame.filter(~silent)]
        if also is not None:
            pairs = also.filter(pl.col("rule") == rule)
            wanted.append(frame.filter(silent).join(pairs.select(KEY), on=KEY, how="semi"))
        inputs = pl.struct(ALL_RULES[rule](limits).inputs).struct.json_encode()
        parts += [part.select(*KEY, pl.lit(rule).alias("rule"), *_of(rule), inputs=inputs) for part in wanted]
    return pl.concat(parts)


def lights(facts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One row per project: city, project, light, light_v1, rules ("rule:severity;…") and score, worst highest.

    ``light_v1`` is the same judgement against the first approved plan. A report that tells neither progress
    nor stage is as good as none: missing. Rules whose policy says ``lights = false`` speak in ``rules`` but
    colour nothing. Within a light, the score grows with total investment.
    """
    now = _verdicts(facts, policy.project_rules)
    original = _verdicts(against_v1(facts), policy.project_rules)
    money = pl.col("total_investment").fill_null(0).clip(lower_bound=0).cast(pl.Float64)
    return (
        now.select(
            *KEY,
            "total_investment",
            light=_light(policy),
            rules=_speaking(policy),
        )
        .with_columns(original.select(light_v1=_light(policy)))
        .select(
            *KEY,
            "light",
            "light_v1",
            "rules",
            score=rank("light") + money / (money + _HALF_STEP_FEN),
        )
    )


def rank(light: str) -> pl.Expr:
    """A column of lights as numbers, worst highest."""
    return pl.col(light).replace_strict(
        {str(name): float(number) for name, number in LIGHT_RANK.items()}, return_dtype=pl.Float64
    )


def _verdicts(facts: pl.DataFrame, rules: Mapping[str, Limits]) -> pl.DataFrame:
    """The facts with four columns a rule, named ``rule:severity`` and so on."""
    columns = []
    for rule, limits in rules.items():
        found = ALL_RULES[rule](limits)
        columns += [
            found.severity.alias(f"{rule}:severity"),
            found.measured.alias(f"{rule}:measured"),
            found.known.alias(f"{rule}:known"),
            found.applies.alias(f"{rule}:applies"),
        ]
    return facts.with_columns(columns)


def _of(rule: str) -> list[pl.Expr]:
    return [pl.col(f"{rule}:{name}").alias(name) for name in ("severity", "measured", "known", "applies")]


def _light(policy: Policy) -> pl.Expr:
    colouring = [pl.col(f"{rule}:severity") for rule, limits in policy.project_rules.items() if limits.lights]
    untold = pl.col("physical_bp").is_null() & pl.col("stage").is_null()
    missing = (pl.col("freshness") == str(Freshness.MISSING)) | untold
    stale = pl.col("freshness") == str(Freshness.STALE)
    silent = (
        pl.when(missing)
        .then(pl.lit(str(Light.MISSING)))
        .when(stale)
        .then(pl.lit(str(Light.STALE)))
        .otherwise(pl.lit(str(Light.GREEN)))
    )
    return pl.coalesce(worst(*colouring), silent) if colouring else silent


def _speaking(policy: Policy) -> pl.Expr:
    severities = [(rule, pl.col(f"{rule}:severity")) for rule in policy.project_rules]
    told = [
        pl.when(severity.is_not_null()).then(pl.lit(f"{rule}:") + severity) for rule, severity in severities
    ]
    return pl.concat_str(told, separator=";", ignore_nulls=True) if told else pl.lit("")
