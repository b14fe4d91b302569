"""Every problem a declared source can have, by code: what to say, how to mend it.

The same shape as ``collectors/catalogue.py``; H is what happens on the way or in the answer, other letters as there. The
Chinese is ``models/locales/zh_CN/sources.po``. Holds no logic. To add one, add a line here and its two
translations, and a row to ``tests/collectors/test_fetch.py`` or ``test_pull.py`` that meets it for real.
"""

from collectors.catalogue import Entry
from models.words import mark

_WAY = {
    "H-BLOCKED": (
        mark("The address {found} is not allowed."),
        mark(
            "Only declared hosts with public addresses are asked; declare an intranet range under “networks”."
        ),
    ),
    "H-URL": (
        mark("The address cannot be used: {what}."),
        mark("Use https (or http where the declaration itself does), on port 80, 443 or a declared one."),
    ),
    "H-REDIRECT": (
        mark("The source redirects to {found}; this was not followed."),
        mark("Declare the final address, or declare its host under “hosts” if it is meant."),
    ),
    "H-TIMEOUT": (
        mark("No complete answer came within {limit} seconds."),
        mark("Ask the source's operator why it is slow, or raise “deadline_s” in the declaration."),
    ),
    "H-SIZE": (
        mark("The answer is larger than {limit} MB after unpacking."),
        mark("Let the source answer in pages or by date, or raise “max_mb” in the declaration."),
    ),
    "H-DNS": (
        mark("The name {found} cannot be resolved."),
        mark("Check the host in the declaration and this machine's name servers."),
    ),
    "H-CONN": (
        mark("The connection to the source failed: {what}."),
        mark("It is tried again by itself; if it goes on, ask the source's operator."),
    ),
    "H-TLS": (
        mark("The secure connection cannot be trusted: {what}."),
        mark("Have the certificate renewed, or declare the authority that signed it under “ca_file”."),
    ),
}

_ANSWER = {
    "H-AUTH": (
        mark("The source refuses our credentials (status {found})."),
        mark(
            "Have the key renewed and set it where the declaration says; it is not tried again before that."
        ),
    ),
    "H-SECRET": (
        mark("The secret of this source cannot be read from {found}."),
        mark("Set the environment variable, or make the file readable, for the worker."),
    ),
    "H-RATE": (
        mark("The source asks us to wait {seconds} seconds."),
        mark("This is obeyed; declare a longer rhythm if it happens often."),
    ),
    "H-5XX": (
        mark("The source has a fault of its own (status {found})."),
        mark("It is tried again by itself; if it goes on, ask the source's operator."),
    ),
    "H-STATUS": (
        mark("The source answers with status {found} instead of data."),
        mark("Check the address and the parameters in the declaration."),
    ),
    "H-TYPE": (
        mark("The answer is {found}, not {expected}."),
        mark("It may be a sign-in or fault page: open the address as the source's operator would."),
    ),
    "H-APPERR": (
        mark("The source answers with an error of its own: {found}."),
        mark("Ask the source's operator what it means; stored figures stay as they are."),
    ),
    "H-EMPTY": (
        mark("The source answered without any record."),
        mark("This is not read as “no projects”: stored figures stay as they are."),
    ),
    "H-JSON": (
        mark("The JSON cannot be read at line {line}, character {position}: {what} ({found})."),
        mark("Have the system that wrote it mended; nothing of it was stored."),
    ),
    "H-ENC": (
        mark("The text is not UTF-8 at line {line}, character {position}: {what}."),
        mark("JSON is UTF-8: have it written so."),
    ),
    "H-SCHEMA": (
        mark("The data are not as declared or not as last time: {what}."),
        mark("The last good figures stay. If the change is meant, declare the source again."),
    ),
}

_OURS = {
    "E-DECLARED": (
        mark("The declaration of this source cannot be used: {found}."),
        mark("Correct it and declare the source again."),
    ),
    "E-FAULT": (
        mark("This program itself failed while reading the source ({found})."),
        mark("Tell an administrator; the worker's log says more."),
    ),
    "E-FOLDER": (
        mark("The folder of this source cannot be read or written: {found}."),
        mark("Create it, and let the worker's account read it and move files in it."),
    ),
}

_TIME = {
    "W-CLOCK": (
        mark("The source's clock differs from ours by {minutes} minutes."),
        mark("Have its clock set; reports by date may miss rows until then."),
    ),
    "N-UNCHANGED": (mark("The source has nothing new since last time."), ""),
    "E-FUTURE": (
        mark("The figures are as of {found}, which is in the future."),
        mark("Have the source's date mended; figures are as of today or earlier."),
    ),
}

SOURCE_CATALOGUE = {
    code: Entry(*texts) for part in (_WAY, _ANSWER, _OURS, _TIME) for code, texts in part.items()
}
