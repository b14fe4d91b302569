"""What a status, a header, a body or a broken connection means: plain values in, ``Failure`` or a number out.

Asks nobody: ``collectors/fetch.py`` does. Refuses to pass on the text of an exception: it may
hold an address with a secret in it.
"""

import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError

from collectors.failure import Failure, both
from collectors.pinned import Unresolved
from collectors.problems import shown
from models.words import mark

#: The longest wait that a source's Retry-After is granted (promises.md, H128).
LONGEST_WAIT_S = 3_600

#: A clock that is off by more is said.
MOST_SKEW_S = 300

_LONGEST_SHOWN = 120

#: Where a document says by itself how it went, what it says there when all is well, and where it says more.
_CODES = ("code", "errcode", "errCode", "errorCode", "resultCode", "statusCode")
_FINE = frozenset({"", "0", "00", "0000", "00000", "200", "20000", "ok", "success", "true"})
_SAYINGS = ("msg", "message", "errmsg", "errMsg", "errorMessage", "error")

#: OpenSSL's number of what is wrong with a certificate.
_UNTRUSTED = {
    9: mark("its certificate is not valid yet"),
    10: mark("its certificate has expired"),
    18: mark("its certificate is signed by itself"),
    19: mark("its certificate is signed by an authority we do not know"),
    20: mark("its certificate is signed by an authority we do not know"),
    21: mark("its certificate is signed by an authority we do not know"),
    62: mark("its certificate is for another name"),
    64: mark("its certificate is for another address"),
}


def by_status(status: int, headers: Mapping[str, str], at: datetime) -> Failure:
    """The failure behind a status that is not 200."""
    after = retry_after(headers.get("Retry-After", ""), at)
    if status in (401, 403):
        return Failure("H-AUTH", {"found": status})
    if status == 429:
        return Failure("H-RATE", {"seconds": round(after or 0)}, retryable=True, after_s=after)
    if status >= 500:
        return Failure("H-5XX", {"found": status}, retryable=True, after_s=after)
    return Failure("H-EMPTY") if status in (204, 205) else Failure("H-STATUS", {"found": status})


def retry_after(told: str, at: datetime) -> float | None:
    """Seconds that Retry-After asks for, at most an hour; None where it asks for nothing we understand."""
    if told.strip().isdecimal():
        return float(min(int(told.strip()[:9]), LONGEST_WAIT_S))
    try:
        seconds = (parsedate_to_datetime(told) - at).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_S)


def skew(headers: Mapping[str, str], at: datetime) -> float | None:
    """By how many seconds the source's clock is ahead of ours; None where it does not say."""
    try:
        return (parsedate_to_datetime(headers.get("Date", "")) - at).total_seconds()
    except (TypeError, ValueError):
        return None


def claimed_size(headers: Mapping[str, str]) -> int:
    """The size an answer says it has; 0 where it says none."""
    told = headers.get("Content-Length", "")
    return int(told) if told.isdecimal() and len(told) < 20 else 0


def plainly(url: str) -> str:
    """An address for people: without its query and user, where secrets may stand."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:_LONGEST_SHOWN]


def fault(error: Exception) -> Failure:
    """What a broken connection means: certificate, name, or the connection itself."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            text = _UNTRUSTED.get(cause.verify_code, mark("its certificate cannot be checked"))
            return Failure("H-TLS", {"what": both(text)})
        if isinstance(cause, Unresolved):
            return Failure("H-DNS", {"found": cause.host}, retryable=True)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _CUT):
            return Failure("H-TLS", {"what": both(mark("the other side does not speak it as we do"))})
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Failure("H-CONN", {"what": both(mark("nobody answers at that port"))}, retryable=True)
    return Failure("H-CONN", {"what": both(mark("it was cut before the answer was whole"))}, retryable=True)


def is_timeout(error: Exception) -> bool:
    """Did it take too long? Every wait of a socket ends with the deadline, so this is the deadline."""
    for cause in _causes(error):
        if isinstance(cause, TimeoutError | ReadTimeoutError):
            return True
        if isinstance(cause, ConnectTimeoutError) and not isinstance(cause, NewConnectionError):
            return True
    return False


_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and everything it was made from, outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def clock_notes(skew_s: float | None) -> tuple[Failure, ...]:
    """W-CLOCK where the source's clock is off by more than five minutes."""
    if skew_s is None or abs(skew_s) <= MOST_SKEW_S:
        return ()
    return (Failure("W-CLOCK", {"minutes": round(abs(skew_s) / 60)}),)


def type_refused(content: bytes, content_type: str, wanted: str) -> Failure | None:
    """H-TYPE where an answer is visibly something else than was declared."""
    head = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    is_book = head.startswith(b"pk\x03\x04")
    what: Any = None
    if "html" in content_type.lower() or head.startswith(b"<"):
        what = both(mark("a web page"))
    elif wanted == "xlsx" and not is_book:
        what = both(mark("something else"))
    elif wanted != "xlsx" and is_book:
        what = both(mark("a workbook"))
    elif wanted == "csv" and head.startswith((b"{", b"[")):
        what = "JSON"
    return None if what is None else Failure("H-TYPE", {"found": what, "expected": wanted.upper()})


def own_error(document: Any, success_codes: tuple[str, ...] = ()) -> Failure | None:
    """H-APPERR where a document says that it is an error, whatever its status was."""
    if not isinstance(document, dict):
        return None
    fine = _FINE | {code.casefold() for code in success_codes}
    codes = [document[name] for name in _CODES if isinstance(document.get(name), str)]
    bad = [code for code in codes if code.casefold() not in fine]
    wrong = document.get("success") is False or document.get("error") not in (None, False, "", "0", {}, [])
    if not bad and not wrong:
        return None
    said = [document[name] for name in _SAYINGS if isinstance(document.get(name), str)]
    return Failure("H-APPERR", {"found": shown(" ".join([*bad[:1], *said[:1]])) or "success = false"})
