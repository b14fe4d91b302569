"""The two languages: one message list, every text through it.

Message ids are the English texts; ``models/locales/zh_CN/*.po`` translate them, one catalogue a room. They
are compiled in memory when first used, so there is no build step. Numbers and dates go through Babel.

Refuses: text in code that a person sees and no catalogue holds (a test extracts every ``t("…")`` and
``mark("…")`` and looks it up).
"""

import gettext
import io
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from models import money
from models.clock import CHINA

LANGUAGES = ("zh_CN", "en")
DEFAULT_LANGUAGE = "zh_CN"
_FOLDER = Path(__file__).parent / "locales"


def mark(text: str) -> str:
    """Mark a text for the catalogue where it is declared; it is translated where it is shown."""
    return text


class Words:
    """One language: ``t("…", name=value)``, numbers, dates and money as its readers write them."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self.locale = Locale.parse(self.language)
        self._catalogues = _catalogues(self.language)

    def __call__(self, text: str, /, **values: object) -> str:
        """The text in this language, with ``{name}`` replaced by its value."""
        found = text
        if text:
            for catalogue in self._catalogues:
                found = catalogue.gettext(text)
                if found != text:
                    break
        return found.format(**values) if values else found

    def label(self, code: StrEnum | str | None) -> str:
        """The label of a code of ``models/vocabulary.py``; an em dash for None."""
        if code is None:
            return "—"
        return self(LABELS.get(str(code), str(code)))

    def pick(self, zh: str, en: str) -> str:
        """The one of two given names that this language reads."""
        return zh if self.language == "zh_CN" else en

    def number(self, value: float | Decimal | int | None, digits: int = 2) -> str:
        """A number with at most ``digits`` decimals; an em dash for None."""
        if value is None:
            return "—"
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.locale)

    def percent(self, basis_points: float | None, digits: int = 1) -> str:
        """Basis points as a percentage; an em dash for None."""
        return "—" if basis_points is None else f"{self.number(basis_points / 100, digits)}%"

    def points(self, value: float | None) -> str:
        """A difference of percentages, in percentage points."""
        return "—" if value is None else self("{n} points", n=self.number(value))

    def amount(self, fen: float | None, currency: str = "CNY") -> str:
        """Money with its unit: 万元, or 亿元 from 1 亿; in English millions, or billions from 1 bn.

        At most four decimals; an em dash for None.
        """
        if fen is None:
            return "—"
        exact = Decimal(round(fen))
        if self.language == "en":
            yuan = exact / money.FEN_PER_YUAN
            large = abs(yuan) >= 10**9
            return f"{currency} {self.number(yuan / 10 ** (9 if large else 6), 4)} {'bn' if large else 'm'}"
        large = abs(exact) >= money.FEN_PER_YI
        number = self.number(exact / (money.FEN_PER_YI if large else money.FEN_PER_WAN), 4)
        unit = "亿" if large else "万"
        return f"{number}{unit}元" if currency == "CNY" else f"{number}{unit} {currency}"

    def day(self, on: date | None) -> str:
        """A day; an em dash for None."""
        return "—" if on is None else format_date(on, "yyyy-MM-dd", locale=self.locale)

    def instant(self, at: datetime | None) -> str:
        """An instant in China's time, to the minute; an em dash for None."""
        return (
            "—" if at is None else format_datetime(at, "yyyy-MM-dd HH:mm", tzinfo=CHINA, locale=self.locale)
        )


@lru_cache(maxsize=4)
def words(language: str | None) -> Words:
    """The words of a language; the default where it is None or unknown."""
    return Words(language or DEFAULT_LANGUAGE)


def preferred(accept_language: str | None) -> str | None:
    """The best of our languages for a browser's Accept-Language header; None when none fits."""
    wanted = [part.split(";")[0].strip().replace("-", "_") for part in (accept_language or "").split(",")]
    wanted = ["zh_CN" if name.lower().startswith("zh") else name for name in wanted if name]
    return negotiate_locale(wanted, LANGUAGES, sep="_")


@lru_cache(maxsize=4)
def _catalogues(language: str) -> tuple[gettext.NullTranslations, ...]:
    found = []
    for path in sorted((_FOLDER / language).glob("*.po")):
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file))
        compiled.seek(0)
        found.append(gettext.GNUTranslations(compiled))
    return tuple(found)


#: Labels of every code in ``models/vocabulary.py`` (a test holds the two together).
LABELS = {
    "point": mark("Point"),
    "line": mark("Line"),
    "surface": mark("Surface"),
    "nation": mark("Nation"),
    "programme": mark("Programme"),
    "ministry": mark("Ministry"),
    "province": mark("Province"),
    "city": mark("City"),
    "administrator": mark("Administrator"),
    "auditor": mark("Auditor"),
    "operator": mark("Operator of the machine"),
    "not_started": mark("Not started"),
    "new_start": mark("New start"),
    "continuing": mark("Continuing"),
    "completed": mark("Completed"),
    "in_production": mark("In production"),
    "full_output": mark("Full output"),
    "issued": mark("Issued"),
    "transferred": mark("Transferred"),
    "paid": mark("Paid"),
    "spent": mark("Spent"),
    "investment_subsidy": mark("Investment subsidy"),
    "loan_interest_subsidy": mark("Loan interest subsidy"),
    "guarantee_fee_subsidy": mark("Guarantee-fee subsidy"),
    "enterprise_transformation": mark("Enterprise transformation"),
    "infrastructure": mark("Infrastructure"),
    "public_platform": mark("Public service platform"),
    "provider_cultivation": mark("Service-provider cultivation"),
    "industry": mark("Industry & IT authority"),
    "finance": mark("Finance authority"),
    "central": mark("Central reward money"),
    "provincial": mark("Provincial money"),
    "municipal": mark("City money"),
    "county": mark("County or district money"),
    "own": mark("Own funds"),
    "bank": mark("Bank loan"),
    "equipment_renewal": mark("Equipment renewal"),
    "special_treasury_bond": mark("Ultra-long-term special treasury bonds"),
    "central_budget_investment": mark("Central budget investment"),
    "tenant": mark("Tenant"),
    "promotion_centre": mark("Transformation promotion centre"),
    "supervised_rectification": mark("Supervised rectification"),
    "suspension": mark("Suspension of pilot status"),
    "deduction_or_recovery": mark("Deduction or recovery of funds"),
    "prefecture": mark("Prefecture-level city"),
    "district": mark("District of a municipality"),
    "xpcc": mark("XPCC"),
    "day": mark("Daily"),
    "week": mark("Weekly"),
    "month": mark("Monthly"),
    "extension": mark("More time"),
    "reopening": mark("Opened again"),
    "vouched": mark("Vouched"),
    "accepted": mark("Accepted"),
    "returned": mark("Returned"),
    "web": mark("Upload page"),
    "command": mark("Command line"),
    "push": mark("Pushed by a system"),
    "pull": mark("Pulled from a source"),
    "withdrawal": mark("Withdrawal"),
    "reversion": mark("Reversion"),
    "ok": mark("Data"),
    "unchanged": mark("Nothing new"),
    "empty": mark("Empty"),
    "policy_change": mark("Policy or target change"),
    "organisation_change": mark("Organisational change"),
    "scope_or_cost_change": mark("Main work items or total cost change"),
    "delay_or_schedule_change": mark("Serious lag or total schedule change"),
    "budget_cut": mark("Budget cut"),
    "force_majeure": mark("Force majeure"),
    "other": mark("Other"),
    "pending": mark("Pending"),
    "approved": mark("Approved"),
    "rejected": mark("Rejected"),
    "red": mark("Red"),
    "yellow": mark("Yellow"),
    "stale": mark("Stale"),
    "missing": mark("Not reported"),
    "green": mark("Green"),
    "fresh": mark("Up to date"),
    "new": mark("New"),
    "worse": mark("Worse"),
    "better": mark("Better"),
    "same": mark("Unchanged"),
    "opened": mark("Opened"),
    "worsened": mark("Worsened"),
    "eased": mark("Eased"),
    "resolved": mark("Resolved"),
    "held": mark("Held open"),
    "acknowledged": mark("Acknowledged"),
    "unacknowledged": mark("Acknowledgement taken back"),
    "assigned": mark("Assigned"),
    "inhibited": mark("Inhibited"),
    "funds_not_in_place": mark("Funds not in place"),
    "procurement_delay": mark("Equipment procurement or delivery delayed"),
    "approvals_and_land": mark("Approvals, land or other conditions missing"),
    "technology_change": mark("Technical scheme changed"),
    "market_change": mark("Market or orders changed"),
    "enterprise_difficulty": mark("Enterprise in difficulty"),
    "weak_management": mark("Weak project management"),
    "irregular_use_of_funds": mark("Irregular use of funds"),
    "reporting_fault": mark("Late or inaccurate reporting"),
    "order_issued": mark("Order issued"),
    "order_received": mark("Receipt acknowledged"),
    "order_answered": mark("Replied"),
    "order_rectified": mark("Reported as rectified"),
    "time_asked": mark("More time asked for"),
    "time_granted": mark("More time granted"),
    "time_refused": mark("More time refused"),
    "order_sent_back": mark("Sent back"),
    "order_closed": mark("Order closed"),
    "order_reminded": mark("Reminded"),
    "order_escalated": mark("Escalated"),
    "order_reopened": mark("Relapsed and reopened"),
    "receipt": mark("Acknowledgement of receipt"),
    "answer": mark("Reply"),
    "rectification": mark("Rectification"),
    "to_receive": mark("Receipt to be acknowledged"),
    "to_answer": mark("Reply owed"),
    "rectifying": mark("Being rectified"),
    "to_review": mark("With the supervisor"),
    "settled": mark("Order settled"),
    "entered": mark("Entered"),
    "corrected": mark("Corrected"),
    "withdrawn": mark("Measure withdrawn"),
    "pdf": mark("PDF document"),
    "png": mark("PNG image"),
    "jpeg": mark("JPEG image"),
    "xlsx": mark("Excel workbook"),
    "docx": mark("Word document"),
    "none": mark("None"),
    "red_and_yellow": mark("Red and yellow"),
    "allowed_overlap": mark("Allowed overlap"),
    "breach": mark("Breach: central money twice"),
    "different_projects": mark("Different projects"),
    "equal": mark("Equal"),
    "similar": mark("Similar"),
    "differs": mark("Differs"),
    "unknown": mark("Unknown"),
    "daily": mark("Daily bulletin"),
    "weekly": mark("Weekly bulletin"),
    "monthly": mark("Monthly bulletin"),
    "queued": mark("Queued"),
    "sending": mark("Sending"),
    "sent": mark("Sent"),
    "dead": mark("Undeliverable"),
    "error": mark("Error"),
    "warning": mark("Warning"),
    "note": mark("Note"),
    "sign_in": mark("Signing in"),
    "refused": mark("Signing in refused"),
    "sign_out": mark("Signing out"),
    "password": mark("Passwords"),
    "people": mark("People"),
    "contacts": mark("Personal contacts"),
    "export": mark("Downloads"),
    "commit": mark("Reports taken in"),
    "decision": mark("Decisions"),
    "administration": mark("Operation"),
}
