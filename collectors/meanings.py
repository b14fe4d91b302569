"""What a row can mean that it should not, by code: the B part of the catalogue (``collectors/catalogue.py``)."""

from models.words import mark

MEANINGS = {
    "E-B101": (
        mark("There is no project with the code {found}; the nearest: {near}."),
        mark("Correct the code; new projects are registered with the form “Projects”."),
    ),
    "E-B102": (
        mark("Row {row} belongs to {other}; the whole file is refused."),
        mark("Send only the projects of your own city."),
    ),
    "E-B103": (
        mark("Rows {row} and {again} are the same record ({found})."),
        mark("Keep one of the rows."),
    ),
    "W-B104": (
        mark("{found} is less than the earlier {before} (as of {when})."),
        mark("A cumulative figure does not fall; confirm if this is a correction."),
    ),
    "W-B105": (
        mark("Progress rises by {found} points, from {before} as of {when}."),
        mark("Confirm if this is right."),
    ),
    "W-B106": (
        mark("{found} is more than {against} {other}, by {difference} (10k yuan)."),
        mark("Check both amounts; confirm if they are right."),
    ),
    "W-B107": (
        mark(
            "The row of sums says {found}; the rows add up to {other}, a difference of {difference} (10k yuan)."
        ),
        mark("Check the rows; the row of sums itself is not stored."),
    ),
    "E-B108": (
        mark("The period that ends on {found} has been accepted; its figures are locked."),
        mark("Ask the province to open the period again, then send the correction with its reason."),
    ),
    "E-B109": (
        mark("The row speaks of {found}, but the period chosen is {expected}."),
        mark("Correct the day, or choose the right period."),
    ),
    "E-B110": (mark("The end ({found}) is before the start ({other})."), mark("Check both dates.")),
    "N-B111": (
        mark(
            "A newer file of this source is already stored; descriptions of known projects stay as they are."
        ),
        "",
    ),
    "W-B111": (
        mark("This row was written on {found}; a newer one, of {when}, is stored and stays."),
        mark(
            "The row is kept in the history. To correct the newer figure, give a later day in “Reported on”."
        ),
    ),
    "W-B112": (
        mark("{found} of {other} rows are exactly as on their last as-of day: were they not updated?"),
        mark("Send the figures of the new day, or confirm that nothing has moved."),
    ),
    "W-B113": (
        mark("All {count} projects as of {when} report {found}: were they measured one by one?"),
        mark("Report what each project has really reached, or confirm."),
    ),
    "N-B115": (
        mark(
            "{count} projects are not in this file: {found}. They are not deleted and count as not reported."
        ),
        "",
    ),
    "E-B116": (
        mark("The code {found} is already registered for {other}."),
        mark("Use another code, or correct the lead city."),
    ),
    "E-B117": (
        mark("{found} is registered as {other}; the kind of a project does not change."),
        mark("Correct the kind."),
    ),
    "E-B118": (
        mark("The lead city is missing."),
        mark("Name the lead city in each row."),
    ),
    "E-B119": (
        mark("The row changes nothing."),
        mark("Fill in at least one of the columns with new values."),
    ),
    "W-B120": (
        mark("The project is registered for {other}, this file says {found}; it stays where it is."),
        "",
    ),
    "W-B122": (
        mark(
            "{found} is not the last {before} and this month's {other} together; the difference is {difference} "
            "(10k yuan)."
        ),
        mark("Check the investment to date and this month's; one of them is wrong or a month is missing."),
    ),
    "E-B123": (
        mark(
            "{count} rows correct figures of a period that is over (as of {found}); a correction needs a reason."
        ),
        mark(
            "Say why in the column “Reason for correction”, or once for the whole file. If these are figures of a "
            "new day, write it in “As of” instead."
        ),
    ),
    "W-B123": (
        mark(
            "{count} rows correct figures of a period that is over (as of {found}), and no reason is given."
        ),
        mark(
            "Say why in the column “Reason for correction”, or once for the whole file. If these are figures of a "
            "new day, write it in “As of” instead."
        ),
    ),
    "E-B125": (
        mark("{found} is not a {expected} project."),
        mark("Rows of this form belong to projects of that kind; correct the code."),
    ),
    "E-B126": (
        mark("{found} supplies itself."),
        mark("Name the member that it delivers to, or leave it empty."),
    ),
    "W-B124": (
        mark("{found} is not a member of this line."),
        mark("Add the customer as a member, or correct its credit code."),
    ),
    "W-B127": (
        mark("The line {found} has {count} members of tier 0; it should have one chain-owner."),
        mark("Tier 0 is the chain-owner; its suppliers are tier 1, theirs tier 2."),
    ),
    "E-B128": (
        mark("{found} enterprises reached are more than the {other} there are."),
        mark("Check both counts."),
    ),
    "W-B129": (
        mark("Central money for a category that is local money in principle (108-II.5)."),
        mark(
            "Infrastructure, public platforms and provider cultivation are in principle paid from local money."
        ),
    ),
    "W-B130": (
        mark("Central money that is not separately accounted (108-II.5)."),
        mark(
            "Central reward money is earmarked and separately accounted; correct the column or the accounts."
        ),
    ),
    "W-B131": (
        mark("Rectified, but without evidence."),
        mark("Say in “Evidence” what shows that the finding was mended."),
    ),
    "E-B132": (
        mark("A measure needs the number of the document that it rests on (108-III.3)."),
        mark("Fill in the document number."),
    ),
    "W-B133": (
        mark("An amount is deducted, but the measure is not deduction or recovery."),
        mark("Check the measure and the amount."),
    ),
    "W-B134": (
        mark("{count} recommendations of this kind; the quota is {limit} (108-III.1)."),
        mark("A province recommends one prefecture-level city, a municipality at most two districts."),
    ),
    "W-B135": (
        mark("{found} is in the pilot already; it does not apply again (108-III.1)."),
        mark("Check the applicant."),
    ),
    "W-B136": (
        mark("The planned day moves from {before} to {found}, by {days} days; the first one is kept."),
        mark("A planned day belongs to the plan. For a delay, fill in “Expected on”."),
    ),
    "W-B137": (
        mark(
            "Document {document}: {stage} {found} is more than {before} {other}, by {difference} (10k yuan)."
        ),
        mark("Check the movements of this document; add the ones that are missing."),
    ),
    "W-B138": (
        mark(
            "{found} is not the sum of the project's money movements, {other}; the difference is {difference} (10k yuan)."
        ),
        mark("Check the amount, or hand in the movements that are missing (form “Money movements”)."),
    ),
    "W-B139": (
        mark(
            "The projects' issued money, {found}, is more than the {other} issued to the city, by {difference} (10k yuan)."
        ),
        mark("Check the issued amounts, or hand in the documents that are missing (form “Money movements”)."),
    ),
    "W-B140": (
        mark("The stage says finished, but progress is {found}%."),
        mark("Correct the stage, or report 100."),
    ),
    "W-B141": (
        mark(
            "With this movement {found} has moved; the report as of {when} says {other}, a difference of {difference} (10k yuan)."
        ),
        mark("Check the amount, or correct the report."),
    ),
    "N-B121": (
        mark("{count} plan figures differ from the approved plan; they become pending adjustments."),
        mark("The plan changes only when the province approves."),
    ),
}
