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
