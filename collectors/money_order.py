"""Money goes issued → transferred → paid → spent: no later stage of a document is more than the one before.

The file's movements are added to the stored ones; a shortfall is said with its difference.
"""

from itertools import pairwise

import polars as pl

from collectors.amounts import wan
from collectors.problems import Finding
from collectors.stored import Stored
from models.records import Fund
from models.vocabulary import FundSource, MoneyStage
from models.words import LABELS

STAGES = [str(stage) for stage in MoneyStage]

#: Money that is issued by a treasury; a loan or an enterprise's own money is not.
_FISCAL = [
    str(s) for s in (FundSource.CENTRAL, FundSource.PROVINCIAL, FundSource.MUNICIPAL, FundSource.COUNTY)
]


def out_of_order(frame: pl.DataFrame, stored: Stored) -> list[Finding]:
    """More transferred than issued, more paid than transferred, more spent than paid, by document and source."""
    sums = _sums(frame, stored)
    findings = []
    for earlier, later in pairwise(STAGES):
        beyond = sums.filter((pl.col(later) > pl.col(earlier)) & (pl.col(later) > 0))
        row = frame.filter(pl.col("stage") == later).select("row_no", *_DOCUMENT)
        told = row.join(beyond, on=_DOCUMENT).unique(_DOCUMENT, keep="last", maintain_order=True)
        if told.height:
            rows = told.select(
                "row_no",
                found=wan(pl.col(later)),
                other=wan(pl.col(earlier)),
                difference=wan(pl.col(later) - pl.col(earlier)),
                money=pl.col(later) - pl.col(earlier),
                document="document_no",
                stage=pl.lit(LABELS[later]),
                before=pl.lit(LABELS[earlier]),
            )
            findings.append(Finding("W-B137", "amount", rows))
    return findings


_DOCUMENT = ["city", "document_no", "source"]


def _sums(frame: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """One row a document and source, one column a stage: what has gone through it."""
    wanted = ["city", "record_key", "document_no", "source", "stage", "amount"]
    old = stored.records(Fund).select(wanted).join(frame, on=["city", "record_key"], how="anti")
    both = pl.concat([frame.select(wanted), old])
    stages = [pl.col("amount").filter(pl.col("stage") == stage).sum().alias(stage) for stage in STAGES]
    return both.filter(pl.col("source").is_in(_FISCAL)).group_by(_DOCUMENT).agg(stages)
