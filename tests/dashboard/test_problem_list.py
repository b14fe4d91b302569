"""The list of a workbook's problems: rows of several sheets are told apart by their form."""

import csv
import io

import polars as pl

from collectors.annotated import problem_list
from collectors.problems import Finding, marks
from models.words import words


def test_a_workbooks_problems_name_the_form_that_each_is_of():
    found = marks((Finding("E-B109", "as_of", pl.DataFrame({"row_no": [3], "found": ["2026-08-31"]})),))
    t = words("en")
    one = next(csv.reader(io.StringIO(problem_list(found, t).decode("utf-8-sig"))))
    several = found.with_columns(form=pl.lit("Dispatch form"))
    head, row = csv.reader(io.StringIO(problem_list(several, t).decode("utf-8-sig")))
    assert head == ["Form", *one] and row[:2] == ["Dispatch form", "3"]
