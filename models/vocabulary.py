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
    """Whose desk a person sits at; the scope follows from it (``models/access.py``)."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    CITY = "city"
    ADMINISTRATOR = "administrator"


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
    """What happened to an alert; every one is stored with its reason."""

    OPENED = "opened"
    WORSENED = "worsened"
    EASED = "eased"
    RESOLVED = "resolved"


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
