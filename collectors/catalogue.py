"""Every problem a file can have, by code: how grave, what to say, how to mend it.

The texts are message ids; their Chinese is ``models/locales/zh_CN/collectors.po``. Codes follow the bad-input
catalogue of the project's promises (F file, S structure, C cell, B meaning, M mapping); what happens on the way
from a source (H) is ``collectors/source_catalogue.py``. ``{name}`` places are filled from the problem. To add
one, add a line here (B: in ``collectors/meanings.py``) and its translation.
"""

from dataclasses import dataclass

from collectors.meanings import MEANINGS
from models.vocabulary import Level
from models.words import mark

#: The version of all checks together; a submission keeps the one it was checked by.
RULES = "2"

_LEVELS = {"E": Level.ERROR, "H": Level.ERROR, "W": Level.WARNING, "N": Level.NOTE}


@dataclass(frozen=True)
class Entry:
    """What a code says, and how to mend it ("" where nothing is to be done)."""

    message: str
    hint: str


def level(code: str) -> Level:
    """How grave a code is: its first letter."""
    return _LEVELS[code[0]]


_FILE = {
    "E-F01": (mark("The file is empty ({size} bytes)."), mark("Choose the file again, or export it again.")),
    "E-F02": (
        mark("The file has a header but no data rows."),
        mark("Fill in at least one row below the header."),
    ),
    "E-F03": (
        mark("The file has {size} MB; the limit is {limit} MB."),
        mark("Split the file, or have an administrator import it on the command line."),
    ),
    "E-F04": (
        mark("The file has {rows} data rows; the limit is {limit}."),
        mark("Split the file, or have an administrator import it on the command line."),
    ),
    "E-F05": (
        mark("The content is an Excel workbook, but the name ends in {suffix}."),
        mark("Rename the file to .xlsx, or save it as CSV."),
    ),
    "E-F06": (
        mark("The name ends in .xlsx, but the content is not a workbook."),
        mark("Rename the file to .csv if it is text, or save it as .xlsx again."),
    ),
    "E-F07": (
        mark("This is an old workbook (.xls or .et)."),
        mark("Open it in Excel or WPS and save it as .xlsx."),
    ),
    "E-F08": (
        mark("This is a web page that calls itself a table."),
        mark("Open it in Excel and save it as .xlsx."),
    ),
    "E-F09": (
        mark("The workbook is protected by a password."),
        mark("Remove the password in Excel, save, and upload again."),
    ),
    "E-F10": (mark("The workbook contains macros."), mark("Save it as .xlsx without macros.")),
    "E-F11": (
        mark("The workbook takes values from other files: {found}."),
        mark("Paste them as values, break the links, and save again."),
    ),
    "E-F12": (
        mark("The workbook unpacks to more than {limit} MB."),
        mark("Delete formatting outside the table, or save the sheet as CSV."),
    ),
    "E-F14": (
        mark("Cell {found} lies far outside the table; a table has at most {limit} columns."),
        mark("Delete everything right of the table and far below it, and save again."),
    ),
    "E-F16": (
        mark("The workbook contains a document type definition, which no spreadsheet program writes."),
        mark("Save the file again with Excel or WPS."),
    ),
    "E-F17": (
        mark("The workbook's archive is built in an unusual way ({found})."),
        mark("Save the file again with Excel or WPS."),
    ),
    "E-F18": (
        mark("The file cannot be read to its end; it may have been cut off on the way."),
        mark("Save it again and upload it again."),
    ),
    "E-F19": (
        mark("From row {row} on a quotation mark is not closed, or one stands in the middle of a cell."),
        mark('Close the quotation mark, or write "" for a quotation mark inside a text.'),
    ),
    "E-F20": (mark("Row {row} contains a NUL character."), mark("Export the file again as CSV UTF-8.")),
    "E-F21": (
        mark("The encoding of the file cannot be recognised."),
        mark("Save the file as CSV UTF-8, or as .xlsx."),
    ),
    "N-F22": (mark("The file was read as GB18030."), ""),
    "E-F24": (
        mark("Row {row} is encoded differently from the other rows."),
        mark("Save the whole file once as CSV UTF-8."),
    ),
    "E-F25": (
        mark("Row {row} holds damaged text ({found}); it was damaged before it came here."),
        mark("Take the text from the original file again."),
    ),
    "E-F28": (
        mark("The workbook holds version {found} of the form “{form}”; the present one is {expected}."),
        mark("Download the workbook again and copy your figures into it."),
    ),
    "E-F31": (
        mark("The workbook has sheets with data that cannot be taken together ({count}): {found}."),
        mark("Keep one sheet for each form, with its header in one of the first 10 rows; delete the others."),
    ),
    "E-F32": (
        mark("The workbook has a hidden sheet: {found}."),
        mark("Show it or delete it, and save again."),
    ),
    "E-F34": (
        mark("The file is not a table."),
        mark("Upload a CSV file or an .xlsx workbook; download a template to start from."),
    ),
    "E-F35": (
        mark("The workbook could not be read within the limits of memory and time."),
        mark("Delete formatting outside the table, split the file, or save the sheet as CSV."),
    ),
    "E-F36": (
        mark("This is a spreadsheet of a kind that is not read here ({found})."),
        mark("Open it in Excel or WPS and save it as .xlsx."),
    ),
    "E-F37": (
        mark("This is an archive of files."),
        mark("Unpack it and hand in the tables in it one by one."),
    ),
    "E-M01": (
        mark("The file's name does not say as of which day its figures are."),
        mark("Give the as-of day with the import."),
    ),
    "E-M02": (mark("There is no mapping named {found}."), mark("Known mappings: {expected}.")),
    "E-M03": (mark("There is no form named {found}."), mark("Known forms: {expected}.")),
    "E-M04": (mark("This mapping is not open to you."), mark("Ask an administrator to import the file.")),
    "E-M05": (
        mark("The form “{found}” is not handed in by your account."),
        mark("It is handed in by: {expected}."),
    ),
    "E-M06": (mark("The mapping cannot be used. {why}"), mark("Mend the mapping's file.")),
    "N-M07": (mark("{count} cells hold words that the mapping takes as blank: {words}."), ""),
    "N-DUP": (mark("This very file was taken in before, by {who} on {when}; nothing was changed."), ""),
    "N-MOVED": (
        mark("{count} of its rows have been corrected since; the corrections stay."),
        mark("To go back to this file, withdraw the submission that corrected them."),
    ),
    "N-SAME": (mark("Every row is already stored as it stands here; nothing was changed."), ""),
    "E-STALE": (
        mark("Somebody changed these figures after your preview; nothing was stored."),
        mark("Look at the new preview and confirm again."),
    ),
}

_STRUCTURE = {
    "E-S33": (
        mark("No header row was found in the first 10 rows. The file begins: {have}."),
        mark(
            "Use the template; its first row names the columns: {expected}. If strange characters stand here, "
            "save the file as CSV UTF-8."
        ),
    ),
    "E-S34": (
        mark("The header is written over two rows (at row {row}); a column has one name in one row."),
        mark("Write every column's whole name into one row, unmerge the header, and delete the other row."),
    ),
    "E-S35": (
        mark("Columns are missing: {found}. Your file has: {have}."),
        mark("Add the missing columns; are these what you mean: {near}? Are rows and columns exchanged?"),
    ),
    "W-S36": (
        mark("The form does not know these columns, they will be ignored: {found}."),
        mark("If one of them matters, name it as in the template."),
    ),
    "E-S37": (mark("Column {column} occurs {times} times ({letters})."), mark("Keep one of them.")),
    "E-S39": (
        mark("Column {column} has data but no header."),
        mark("Name the column in the header row, or empty it."),
    ),
    "E-S40": (
        mark("Row {row} has {width} cells; the header has {expected}."),
        mark("Look for a comma inside a value, and put that value in quotation marks."),
    ),
    "E-S42": (
        mark("Row {row} has {width} cells; the header has {expected}."),
        mark("Fill up the row, with empty cells where nothing is reported."),
    ),
    "E-S51": (
        mark("The columns are separated by {separator}."),
        mark("Separate them by commas, or save the file as .xlsx."),
    ),
    "E-S54": (
        mark("The columns are those of the form “{form}”, but the file was handed in as “{chosen}”."),
        mark("Choose the form “{form}” and hand the file in again."),
    ),
    "N-S52": (
        mark(
            "{count} line breaks stand inside cells, the first in row {first}. Rows are counted as Excel counts "
            "them; a text editor counts more lines."
        ),
        "",
    ),
    "N-S43": (mark("{count} empty rows were skipped, from row {row}."), ""),
    "W-S45": (
        mark("Row {row} looks like a row of sums (“{found}”) and was left out."),
        mark("Rows of sums need not be sent; the system adds up itself."),
    ),
    "E-S46": (
        mark("Row {row} is not a data row (“{found}”)."),
        mark("Delete notes and signatures below the table."),
    ),
    "E-S47": (
        mark("Merged cells in the table: {found}."),
        mark("Unmerge them and fill in every cell."),
    ),
    "W-S48": (
        mark("{count} rows are hidden or filtered out in the workbook; they are taken in all the same."),
        mark("Delete them if they are not meant."),
    ),
    "N-S55": (mark("Hidden columns of the workbook were read as well: {found}."), ""),
}

_CELLS = {
    "E-C54": (
        mark("“{found}” is a number in Excel; its last digits are already lost."),
        mark("Format the column as text and type the codes again."),
    ),
    "E-C55": (
        mark("“{found}” is in scientific notation; the code behind it cannot be recovered."),
        mark("Format the column as text and type the codes again."),
    ),
    "W-C56": (mark("“{found}” contained invisible characters ({which}); they were removed."), ""),
    "W-C57": (mark("“{found}” was written in full-width characters; it was read as “{read}”."), ""),
    "N-C59": (mark("Numbers in full-width digits were read as ordinary numbers."), ""),
    "E-C60": (
        mark("“{found}”: the thousands separators are not in groups of three."),
        mark("Write the number without separators."),
    ),
    "E-C62": (
        mark("“{found}”: which is the decimal point?"),
        mark("Write the number with a point and without separators."),
    ),
    "E-C63": (
        mark("“{found}” carries a unit in the cell."),
        mark("Write the number only; the column's unit is {expected}."),
    ),
    "E-C64": (
        mark("The cell shows {found}, whose unit is not the column's unit ({expected})."),
        mark("Convert the numbers and remove the unit from the number format."),
    ),
    "E-C65": (
        mark("The column is in {found}; the form is in {expected}."),
        mark("Convert the column and name its unit in the header."),
    ),
    "W-C66": (
        mark("{found} (10k yuan) is {times} times the {against}: are these yuan?"),
        mark("If the amounts are in yuan, divide them by 10,000."),
    ),
    "E-C67": (mark("“{found}” is not a number."), mark("Write digits only, with a point for decimals.")),
    "E-C68": (
        mark("“{found}”: scientific notation is not accepted."),
        mark("Write all digits of the number."),
    ),
    "E-C69": (
        mark("“{found}” is not a figure."),
        mark("Leave the cell empty if there is nothing to report."),
    ),
    "E-C70": (
        mark("“{found}”: only the digits 0 to 9 are accepted."),
        mark("Write the number in digits 0 to 9."),
    ),
    "E-C72": (
        mark("“{found}” is below zero, which this column does not allow."),
        mark("Write the amount as zero or more."),
    ),
    "E-C74": (mark("“{found}” is larger than any amount can be."), mark("Check the unit of the column.")),
    "E-C75": (
        mark("“{found}” has more decimals than can be stored exactly."),
        mark("At most {expected} decimals."),
    ),
    "W-C76": (
        mark("“{found}” was read as {found}%: is that what you mean?"),
        mark("Write 50 for 50%."),
    ),
    "E-C77": (mark("“{found}” is outside 0 to 100."), mark("Progress is a percentage from 0 to 100.")),
    "E-C78": (mark("“{found}” is a text."), mark("Write a number; 100 for completed.")),
    "W-C79": (
        mark("“{found}” was read as the day {read}, as Excel counts days."),
        mark("Format the column as date."),
    ),
    "N-C80": (mark("The workbook counts days from 1904; that was taken into account."), ""),
    "E-C81": (
        mark("“{found}” lies outside the years 2000 to 2200."),
        mark("Check the date; write it like 2024-01-05."),
    ),
    "E-C83": (mark("“{found}” can be read as two different days."), mark("Write the date like 2024-01-05.")),
    "E-C84": (mark("“{found}” is not a day of the calendar."), mark("Write the date like 2024-01-05.")),
    "E-C85": (
        mark("“{found}” has a time of day that does not exist."),
        mark("Write the date like 2024-01-05, without a time."),
    ),
    "W-C85": (
        mark("“{found}” was read as the day {read}, as it was in China; the time was left out."),
        mark("Write the date like 2024-01-05, without a time."),
    ),
    "E-C86": (mark("{found} is in the future."), mark("Figures are as of today ({expected}) or earlier.")),
    "E-C87": (mark("The cell is empty or says nothing (“{found}”)."), mark("This column must be filled in.")),
    "W-C87": (
        mark("“{found}” was read as not reported."),
        mark("Leave the cell empty if there is nothing to report."),
    ),
    "E-C89": (
        mark("Excel could not calculate the cell: {found}."),
        mark("Mend the formula or type the value."),
    ),
    "E-C90": (
        mark("The formula has no calculated value."),
        mark("Open the file in Excel, save it, and upload it again."),
    ),
    "W-C91": (
        mark("The column contains formulas; the values of the last save were taken."),
        mark("Paste the values instead of the formulas."),
    ),
    "E-C95": (
        mark("“{found}” contains characters that change the direction of writing."),
        mark("Type the text again."),
    ),
    "E-C97": (mark("The text has {length} characters; the limit is {expected}."), mark("Shorten the text.")),
    "E-C98": (mark("“{found}” contains control characters."), mark("Type the text again.")),
    "W-C100": (
        mark("The text seems to hold somebody's phone or identity card number: {found}"),
        mark("Take the number out unless it is needed here; no mail ever carries it."),
    ),
    "E-C110": (mark("“{found}” is not in the list."), mark("One of: {expected}.")),
    "E-C111": (
        mark("“{found}” is not a unified social credit code: the check character does not fit."),
        mark("Compare it with the business licence; 18 characters (GB 32100)."),
    ),
    "E-C112": (
        mark("“{found}” is not a manufacturing code of GB/T 4754."),
        mark("Two or three digits, 13 to 43."),
    ),
    "E-C113": (
        mark("“{found}” is not a known place."),
        mark("Write the pilot city's name or its six-digit code."),
    ),
    "E-C114": (
        mark("“{found}” is not a list of partner cities."),
        mark(
            "Write city:share, separated by semicolons, for example 无锡市:30;宜昌市:20; at most 100 together."
        ),
    ),
    "W-C115": (mark("A {kind} project should name its {expected}."), ""),
    "E-C117": (mark("“{found}” is not a year from 2000 to 2200."), mark("Write the year like 2025.")),
    "E-C116": (mark("The ground “other” needs a note."), mark("Say in the note why the plan is adjusted.")),
}

CATALOGUE = {
    code: Entry(*texts) for part in (_FILE, _STRUCTURE, _CELLS, MEANINGS) for code, texts in part.items()
}
