"""Where a project's central money stands: how much at each stop, since when, and who holds it.

Money goes issued → transferred → paid → spent, first in, first out: what has not moved on is the newest, and it
has stood since the day on which its oldest part came. From the dated movements where a stop has any, else from
the four columns of the reports. Pure: frames of ``models/inputs.py`` in, one row a project out.
"""

from datetime import date

import polars as pl

from models.history import STOPS
from models.vocabulary import FundSource

KEY = ["city", "project"]

#: Columns of the answer beside the key: for each stop the money standing there, its share of what came, the
#: days since the oldest of it came, and its holder.
COLUMNS = tuple(f"{stop}_{what}" for stop in STOPS for what in ("standing", "standing_bp", "days", "holder"))


def dwell_facts(base: pl.DataFrame, funds: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per project: COLUMNS. ``base`` has the newest figures and ``reported_{stop}_since``."""
    frame = base.select(*KEY, *STOPS, "spent", *(f"reported_{stop}_since" for stop in STOPS))
    moved = _moved(frame.select(KEY).with_row_index("nr"), funds, on)
    for stop, following in STOPS.items():
        frame = frame.join(moved[stop], on=KEY, how="left")
        by_movement = pl.col("came").is_not_null()
        came = pl.when(by_movement).then("came").otherwise(stop)
        gone = pl.when(by_movement).then("gone").otherwise(following)
        since = pl.when(by_movement).then("since").otherwise(f"reported_{stop}_since")
        standing = (came - gone).clip(lower_bound=0)
        held = standing > 0
        frame = frame.with_columns(
            standing.alias(f"{stop}_standing"),
            pl.when(came > 0).then(standing * 10_000 / came).alias(f"{stop}_standing_bp"),
            pl.when(held).then((pl.lit(on) - since).dt.total_days()).alias(f"{stop}_days"),
            pl.when(held & by_movement).then("holder").alias(f"{stop}_holder"),
        ).drop("came", "gone", "since", "holder")
    return frame.select(*KEY, *COLUMNS)


def _moved(keys: pl.DataFrame, funds: pl.DataFrame, on: date) -> dict[str, pl.DataFrame]:
    """For each stop, of projects with movements to it: what came and went on, since when and with whom."""
    central = (pl.col("source") == str(FundSource.CENTRAL)) & (pl.col("happened_on") <= on)
    moves = funds.filter(central).join(keys, on=KEY).select("nr", "stage", "happened_on", "amount", "holder")
    moves = moves.sort("nr", "happened_on")
    found = {}
    for stop, following in STOPS.items():
        gone = moves.filter(pl.col("stage") == following).group_by("nr").agg(gone=pl.col("amount").sum())
        into = moves.filter(pl.col("stage") == stop).with_columns(
            so_far=pl.col("amount").cum_sum().over("nr")
        )
        into = into.join(gone, on="nr", how="left").with_columns(pl.col("gone").fill_null(0))
        still = pl.col("so_far") > pl.col("gone")
        one = into.group_by("nr").agg(
            came=pl.col("amount").sum(),
            gone=pl.col("gone").first(),
            since=pl.col("happened_on").filter(still).min(),
            holder=pl.col("holder").filter(still).last(),
        )
        found[stop] = keys.join(one, on="nr").drop("nr")
    return found
