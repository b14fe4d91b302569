"""What the movements of a project's central money say it is for, and whether it is accounted for by itself.

Pure: movements in, one row a project out. The same money is told at each stage of its way, so an amount is
the largest of the stages' sums and never their total. Projects without central movements have no row.
"""

from datetime import date

import polars as pl

from models.vocabulary import FundSource, SpendingCategory

KEY = ["city", "project"]

#: Local money in principle (108-II.5).
LOCAL_IN_PRINCIPLE = (
    SpendingCategory.INFRASTRUCTURE,
    SpendingCategory.PUBLIC_PLATFORM,
    SpendingCategory.PROVIDER_CULTIVATION,
)

#: Columns of ``early_facts`` beside the key.
EARLY = ("listed_on", "early_money", "early_on")

#: Columns of the answer beside the key; amounts in fen.
COLUMNS = ("central_moved", "central_local", "central_local_category", "central_mixed", "central_untold")


def central_facts(funds: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per project with central movements: COLUMNS.

    ``central_local``: what moved for a category of local money, and the category of most of it;
    ``central_mixed``: said not to be separately accounted; ``central_untold``: nothing said about it.
    """
    central = (pl.col("source") == str(FundSource.CENTRAL)) & (pl.col("happened_on") <= on)
    moved, separate = funds.filter(central), pl.col("separate_account")
    local = (
        pl.col("spending_category").is_in([str(category) for category in LOCAL_IN_PRINCIPLE]).fill_null(False)
    )
    amount = pl.col("amount")
    stages = moved.group_by(*KEY, "stage").agg(
        central_moved=amount.sum(),
        central_local=amount.filter(local).sum(),
        central_local_category=pl.col("spending_category").filter(local).last(),
        central_mixed=amount.filter(separate.eq(False)).sum(),
        central_untold=amount.filter(separate.is_null()).sum(),
    )
    sums = [name for name in COLUMNS if name != "central_local_category"]
    return (
        stages.group_by(KEY)
        .agg(pl.col(sums).max(), pl.col("central_local_category").drop_nulls().first())
        .select(*KEY, *COLUMNS)
    )


def early_facts(first: pl.DataFrame, funds: pl.DataFrame, history: pl.DataFrame, on: date) -> pl.DataFrame:
    """One row per project whose first plan was approved on a known day: EARLY.

    ``early_money``: central money that moved, or that reports call issued, before that day, and since when. A
    project of the list whose first plan names no day counts as approved from the start and has no row.
    """
    listed = first.filter(pl.col("approved_on").is_not_null()).select(*KEY, listed_on="approved_on")
    before = pl.col("happened_on") < pl.col("listed_on")
    central = (pl.col("source") == str(FundSource.CENTRAL)) & (pl.col("happened_on") <= on)
    moved = funds.filter(central).join(listed, on=KEY).filter(before)
    stages = moved.group_by(*KEY, "stage").agg(
        money=pl.col("amount").sum(), since=pl.col("happened_on").min()
    )
    told = history.filter(pl.col("issued") > 0).join(listed, on=KEY)
    issued = told.filter(pl.col("as_of") < pl.col("listed_on")).select(*KEY, money="issued", since="as_of")
    both = pl.concat([stages.select(issued.columns), issued])
    early = both.group_by(KEY).agg(early_money=pl.col("money").max(), early_on=pl.col("since").min())
    return listed.join(early, on=KEY, how="left").select(*KEY, *EARLY)
