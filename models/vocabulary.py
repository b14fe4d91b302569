"""The field's words as closed lists: every stored code is a member of one of these.

Refuses to know anything about how a word is shown: labels in both languages are catalogue entries
(``models/words.py``). To add a code, add a member here, its label in ``models/words.py`` and a migration
for the check constraint.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a key project is (108-I): one enterprise, a chain, or a park."""

    POINT = "point"
    LINE = "line"
    SURFACE = "surface"


class Role(StrEnum):
    """Whose desk a person sits at; the scope follows from it (``models/access.py``).

    An auditor reads all and writes nothing; an administrator manages people and sees no figures. The operator
    is whoever has the machine (command line, worker): no account holds that role.
    """

    MINISTRY = "ministry"
    PROVINCE = "province"
    CITY = "city"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Department(StrEnum):
    """Which of the two departments an officer belongs to (108-III.3): 工业和信息化, 财政."""

    INDUSTRY = "industry"
    FINANCE = "finance"


class Stage(StrEnum):
    """Where a project stands, as its city says: 未开工, 新开工, 在建, 竣工, 投产, 达产."""

    NOT_STARTED = "not_started"
    NEW_START = "new_start"
    CONTINUING = "continuing"
    COMPLETED = "completed"
    IN_PRODUCTION = "in_production"
    FULL_OUTPUT = "full_output"


#: Stages after which no progress is owed any more.
FINISHED_STAGES = (Stage.COMPLETED, Stage.IN_PRODUCTION, Stage.FULL_OUTPUT)


class MoneyStage(StrEnum):
    """Four different amounts, never merged: 下达 → 拨付 → 支付 → 支出 (domain glossary)."""

    ISSUED = "issued"
    TRANSFERRED = "transferred"
    PAID = "paid"
    SPENT = "spent"


class FundSource(StrEnum):
    """Whose money it is; only central reward money is bound to the approved list (108-II.5)."""

    CENTRAL = "central"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"
    COUNTY = "county"
    OWN = "own"
    BANK = "bank"
    OTHER = "other"


class OtherProgramme(StrEnum):
    """Other central programmes a key project may also be listed in (108-II.2)."""

    EQUIPMENT_RENEWAL = "equipment_renewal"
    SPECIAL_TREASURY_BOND = "special_treasury_bond"
    CENTRAL_BUDGET_INVESTMENT = "central_budget_investment"
    OTHER = "other"


class TenantRole(StrEnum):
    """What a part of a surface is (108-I.3)."""

    TENANT = "tenant"
    PROMOTION_CENTRE = "promotion_centre"
    PUBLIC_PLATFORM = "public_platform"


class Measure(StrEnum):
    """The ladder of measures on a poor annual evaluation (108-III.3), by severity."""

    SUPERVISED_RECTIFICATION = "supervised_rectification"
    SUSPENSION = "suspension"
    DEDUCTION_OR_RECOVERY = "deduction_or_recovery"


class PlaceKind(StrEnum):
    """What kind of place a province recommends (108-III.1); the quota depends on it."""

    PREFECTURE = "prefecture"
    DISTRICT = "district"
    XPCC = "xpcc"


class PeriodUnit(StrEnum):
    """What a reporting period is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ExceptionKind(StrEnum):
    """An exception to a reporting window: more time to report, or accepted figures opened again."""

    EXTENSION = "extension"
    REOPENING = "reopening"


class SignStep(StrEnum):
    """A step of the sign-off: the city's officers vouch, the province accepts or returns."""

    VOUCHED = "vouched"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class Door(StrEnum):
    """How a submission came in."""

    WEB = "web"
    COMMAND = "command"
    PUSH = "push"
    PULL = "pull"
    WITHDRAWAL = "withdrawal"
    REVERSION = "reversion"


class PullOutcome(StrEnum):
    """What a pull gave. Only ``OK`` and ``UNCHANGED`` say that the source is alive."""

    OK = "ok"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    ERROR = "error"


class SupportMethod(StrEnum):
    """How the central money supports a project (108-II.5; methods are chosen locally)."""

    INVESTMENT_SUBSIDY = "investment_subsidy"
    LOAN_INTEREST_SUBSIDY = "loan_interest_subsidy"
    GUARANTEE_FEE_SUBSIDY = "guarantee_fee_subsidy"
    OTHER = "other"


class SpendingCategory(StrEnum):
    """What the money is for; the last three are local money in principle (108-II.5)."""

    ENTERPRISE_TRANSFORMATION = "enterprise_transformation"
    INFRASTRUCTURE = "infrastructure"
    PUBLIC_PLATFORM = "public_platform"
    PROVIDER_CULTIVATION = "provider_cultivation"
    OTHER = "other"


class Ground(StrEnum):
    """Why an approved plan is adjusted: a closed list after Taiwan's six grounds, plus other with text."""

    POLICY_CHANGE = "policy_change"
    ORGANISATION_CHANGE = "organisation_change"
    SCOPE_OR_COST_CHANGE = "scope_or_cost_change"
    DELAY_OR_SCHEDULE_CHANGE = "delay_or_schedule_change"
    BUDGET_CUT = "budget_cut"
    FORCE_MAJEURE = "force_majeure"
    OTHER = "other"


class AdjustmentStatus(StrEnum):
    """A pending adjustment changes nothing; an approved one made a plan version."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Severity(StrEnum):
    """How bad a finding is."""

    YELLOW = "yellow"
    RED = "red"


class Light(StrEnum):
    """One project's state for people. Missing, stale, zero and red are four different things.

    ``MISSING`` no figure was ever reported; ``STALE`` the last report is older than the window that is
    due and nothing in it is yellow or red: silence never hides a red; ``GREEN`` nothing speaks.
    """

    RED = "red"
    YELLOW = "yellow"
    STALE = "stale"
    MISSING = "missing"
    GREEN = "green"


class Freshness(StrEnum):
    """The data axis, apart from the light: is the latest report the one that is due?"""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


class Change(StrEnum):
    """A project's light against the last working day."""

    NEW = "new"
    WORSE = "worse"
    BETTER = "better"
    SAME = "same"


class Transition(StrEnum):
    """What happened to an alert; every one is stored with its reason.

    ``HELD``: it would have ended, but opens and ends too often, and is held open. The last three come from a
    person, not from a judgement: somebody who answers for it says so or takes that back, or it is laid on somebody.
    """

    OPENED = "opened"
    WORSENED = "worsened"
    EASED = "eased"
    RESOLVED = "resolved"
    HELD = "held"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ASSIGNED = "assigned"


#: The transitions that change an alert's severity; a judgement counts them.
MOVES = (Transition.OPENED, Transition.WORSENED, Transition.EASED, Transition.RESOLVED)


class Waiting(StrEnum):
    """Why a rule that speaks has no alert: not yet on enough judged days, or another alert stands for it."""

    PENDING = "pending"
    INHIBITED = "inhibited"


class Tier(StrEnum):
    """The levels an order goes down and its silence goes up, lowest first (``TIERS``)."""

    CITY = "city"
    PROVINCE = "province"
    MINISTRY = "ministry"


TIERS = tuple(Tier)


class Cause(StrEnum):
    """Why an order is issued (督办问题类别): a closed list of ours in the field's words, plus other with text."""

    FUNDS_NOT_IN_PLACE = "funds_not_in_place"
    PROCUREMENT_DELAY = "procurement_delay"
    APPROVALS_AND_LAND = "approvals_and_land"
    TECHNOLOGY_CHANGE = "technology_change"
    MARKET_CHANGE = "market_change"
    ENTERPRISE_DIFFICULTY = "enterprise_difficulty"
    WEAK_MANAGEMENT = "weak_management"
    IRREGULAR_USE_OF_FUNDS = "irregular_use_of_funds"
    REPORTING_FAULT = "reporting_fault"
    OTHER = "other"


class Deed(StrEnum):
    """What happened to a dispatch order; each is an event. The last three are the clock's, the others people's."""

    ISSUED = "order_issued"
    RECEIVED = "order_received"
    ANSWERED = "order_answered"
    RECTIFIED = "order_rectified"
    TIME_ASKED = "time_asked"
    TIME_GRANTED = "time_granted"
    TIME_REFUSED = "time_refused"
    SENT_BACK = "order_sent_back"
    CLOSED = "order_closed"
    REMINDED = "order_reminded"
    ESCALATED = "order_escalated"
    REOPENED = "order_reopened"


class Duty(StrEnum):
    """What the desk of an order owes next, in this order."""

    RECEIPT = "receipt"
    ANSWER = "answer"
    RECTIFICATION = "rectification"


class OrderState(StrEnum):
    """Where an order stands: whose turn it is. Computed from its events, stored nowhere."""

    TO_RECEIVE = "to_receive"
    TO_ANSWER = "to_answer"
    RECTIFYING = "rectifying"
    TO_REVIEW = "to_review"
    SETTLED = "settled"


class EntryKind(StrEnum):
    """An entry about a measure of the ladder: the measure itself, its correction, its withdrawal."""

    ENTERED = "entered"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class MediaKind(StrEnum):
    """The kinds of files that are taken as evidence."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    XLSX = "xlsx"
    DOCX = "docx"


class PolicyScope(StrEnum):
    """For whom a policy is in force, from the widest; the narrowest that has one wins."""

    NATION = "nation"
    PROGRAMME = "programme"
    PROVINCE = "province"
    CITY = "city"


class AtOnce(StrEnum):
    """What somebody is told at once and not only with the day's digest: alerts that become so."""

    NONE = "none"
    RED = "red"
    BOTH = "red_and_yellow"


class Rhythm(StrEnum):
    """How often a dispatch bulletin is written."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class MessageState(StrEnum):
    """Where a message stands in the outbox."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


class Level(StrEnum):
    """How grave a problem in a file is: an error refuses, a warning asks, a note tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class AuditKind(StrEnum):
    """What an entry of the audit log is about (``models/audit.py``)."""

    SIGN_IN = "sign_in"
    REFUSED = "refused"
    SIGN_OUT = "sign_out"
    PASSWORD = "password"
    PEOPLE = "people"
    CONTACTS = "contacts"
    EXPORT = "export"
    COMMIT = "commit"
    DECISION = "decision"
    ADMINISTRATION = "administration"
