"""Judging and settling where several policies are in force: each policy looks at its own rows.

Pure. With one policy it is the plain pass over whole columns. Every row names the version that judged it. A
rule is inhibited only by alerts of the same policy.
"""

from datetime import date

import polars as pl

from alerts.cities import ITSELF, city_frame
from alerts.in_force import Policies
from alerts.judge import lights, looks_at
from alerts.lifecycle import Before, Settled, settle
from alerts.policy import Policy
from models.facts import KEY


def lights_each(facts: pl.DataFrame, policies: Policies) -> pl.DataFrame:
    """``judge.lights`` of every project by the policy in force for it, with ``policy``, its version."""
    return pl.concat(
        [lights(part, policy).with_columns(policy=_version(policy)) for policy, part in policies.split(facts)]
    )


def judge_each(
    facts: pl.DataFrame, policies: Policies, *, also: pl.DataFrame | None = None
) -> list[tuple[Policy, pl.DataFrame]]:
    """``judge.judge`` by the policies in force: each policy with what its rules say of its own rows."""
    found: dict[int, tuple[Policy, list[pl.DataFrame]]] = {}
    for policy, part in policies.split(facts):
        found.setdefault(id(policy), (policy, []))[1].append(looks_at(part, policy.project_rules, also))
    if any(policy.city_rules for policy in policies.all()):
        for policy, part in policies.split(city_frame(facts)):
            looks = looks_at(part, policy.city_rules, also)
            found.setdefault(id(policy), (policy, []))[1].append(looks)
    return [(policy, pl.concat(looks)) for policy, looks in found.values()]


def settle_each(facts: pl.DataFrame, policies: Policies, before: Before, *, on: date) -> Settled:
    """What a day changes, each alert by the policy of its city; ``moved`` and ``still`` have ``policy`` and
    ``explanation`` besides (``explanation_of``)."""
    judged = judge_each(facts, policies, also=before.pairs)
    owners = None if len(judged) == 1 else _owners(facts, policies)
    found = []
    for policy, looks in judged:
        own = before if owners is None else _of(before, owners, policies, policy)
        settled = settle(looks, own, on=on, rules=policy.conducts)
        told = {"explanation": explanation_of(policy), "policy": _version(policy)}
        found.append(
            Settled(
                settled.moved.with_columns(**told),
                settled.still.with_columns(**told),
                settled.waiting,
                settled.over,
            )
        )
    if len(found) == 1:
        return found[0]
    names = ("moved", "still", "waiting", "over")
    return Settled(*(pl.concat([getattr(one, name) for one in found]) for name in names))


def explanation_of(policy: Policy) -> pl.Expr:
    """JSON: look, edges and inputs as they stood; ``explain_stored`` puts it into words."""
    edges = {
        name: pl.col("rule").replace_strict(
            {rule: str(getattr(limits, name) or "") for rule, limits in policy.rules.items()},
            default="",
            return_dtype=pl.String,
        )
        for name in ("yellow", "red")
    }
    head = pl.struct("measured", "known", "applies", severity="after", **edges).struct.json_encode()
    return pl.concat_str(head.str.strip_suffix("}"), pl.lit(',"inputs":'), pl.col("inputs"), pl.lit("}"))


def _version(policy: Policy) -> pl.Expr:
    return pl.lit(policy.version, dtype=pl.Int64)


def _owners(facts: pl.DataFrame, policies: Policies) -> pl.DataFrame:
    """City, project (empty: the city itself) and ``owner``: which policy judges it."""
    parts = [
        part.select(*KEY, owner=pl.lit(id(policy), dtype=pl.Int64))
        for frame in (facts, city_frame(facts))
        for policy, part in policies.split(frame)
    ]
    return pl.concat(parts)


def _of(before: Before, owners: pl.DataFrame, policies: Policies, policy: Policy) -> Before:
    """What was stored before, of the pairs that a policy judges.

    A project that is no longer among the facts goes with its city, a city without facts with the scope it
    lies in.
    """
    cities = owners.filter(pl.col("project") == ITSELF).select("city", at_city="owner")

    def mine(frame: pl.DataFrame) -> pl.DataFrame:
        known = frame.join(owners, on=KEY, how="left", maintain_order="left").join(
            cities, on="city", how="left", maintain_order="left"
        )
        gone = known.filter(pl.coalesce("owner", "at_city").is_null())["city"].unique().to_list()
        fallback = {city: id(policies.of(city, None)) for city in gone}
        owner = pl.coalesce(
            "owner", "at_city", pl.col("city").replace_strict(fallback, default=None, return_dtype=pl.Int64)
        )
        return known.filter(owner == id(policy)).select(frame.columns)

    return Before(mine(before.alerts), before.watermarks, mine(before.waiting), mine(before.edges))
