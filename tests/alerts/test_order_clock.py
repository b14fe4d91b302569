"""The clock of an order, in tables: what is owed by when, over holidays and make-up days, and what the clock does."""

from datetime import date

import pytest

from alerts.order_clock import Happened, Owed, owed, stand_after, ticks
from alerts.order_terms import OURS, TermsError, carried_terms, read_terms
from models.clock import workday_from, workdays_between
from models.vocabulary import Deed, Duty, OrderState, Tier

TERMS = carried_terms()
#: Monday. The National Day holiday of 2026 is 1 to 7 October; Saturday the 10th and Sunday 20 September are worked.
MONDAY = date(2026, 11, 23)
ISSUED = Happened(Deed.ISSUED, MONDAY, date(2026, 11, 30), date(2026, 12, 31))


def after(*deeds: Happened, first: Happened = ISSUED):
    return stand_after([first, *deeds])


@pytest.mark.parametrize(
    ("from_", "until", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 11, 20), date(2026, 11, 23), 1),  # over a weekend
        (date(2026, 9, 30), date(2026, 10, 8), 1),  # over the holiday
        (date(2026, 10, 9), date(2026, 10, 10), 1),  # a Saturday that is worked
        (date(2026, 9, 18), date(2026, 9, 21), 2),  # a Sunday that is worked
        (date(2026, 11, 24), date(2026, 11, 23), 0),
    ],
)
def test_working_days_between(from_: date, until: date, days: int) -> None:
    assert workdays_between(from_, until) == days


@pytest.mark.parametrize(
    ("on", "last"),
    [
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2026, 11, 28), date(2026, 11, 30)),
        (date(2026, 10, 3), date(2026, 10, 8)),
        (date(2026, 10, 10), date(2026, 10, 10)),
    ],
)
def test_a_term_never_ends_on_a_holiday(on: date, last: date) -> None:
    assert workday_from(on) == last


@pytest.mark.parametrize(
    ("today", "left", "late"),
    [
        (date(2026, 11, 23), 2, 0),
        (date(2026, 11, 24), 1, 0),
        (date(2026, 11, 25), 0, 0),  # the last day
        (date(2026, 11, 26), 0, 1),
        (date(2026, 11, 27), 0, 2),
        (date(2026, 11, 29), 0, 2),  # a Sunday adds nothing
        (date(2026, 11, 30), 0, 3),
    ],
)
def test_receipt_is_owed_within_two_working_days(today: date, left: int, late: int) -> None:
    assert owed(after(), TERMS, today) == Owed(Duty.RECEIPT, date(2026, 11, 25), left, late)


@pytest.mark.parametrize(
    ("deeds", "duty", "due_on"),
    [
        ([], Duty.RECEIPT, date(2026, 11, 25)),
        ([Deed.RECEIVED], Duty.ANSWER, date(2026, 11, 30)),
        ([Deed.ANSWERED], Duty.RECTIFICATION, date(2026, 12, 31)),  # a reply without receipt is a receipt
        ([Deed.RECEIVED, Deed.ANSWERED, Deed.ANSWERED], Duty.RECTIFICATION, date(2026, 12, 31)),
        ([Deed.RECTIFIED], None, None),
        ([Deed.CLOSED], None, None),
        ([Deed.RECEIVED, Deed.TIME_REFUSED], Duty.ANSWER, date(2026, 11, 30)),
    ],
)
def test_the_next_duty_is_the_one_that_falls_due_first(
    deeds: list[Deed], duty: Duty | None, due_on: date | None
) -> None:
    due = owed(after(*(Happened(deed, MONDAY) for deed in deeds)), TERMS, MONDAY)
    assert (due and due.duty, due and due.due_on) == (duty, due_on)


def test_a_reply_that_is_due_before_the_receipt_comes_first() -> None:
    first = Happened(Deed.ISSUED, MONDAY, date(2026, 11, 24), date(2026, 11, 24))
    assert owed(after(first=first), TERMS, MONDAY).duty == Duty.ANSWER


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        ([], OrderState.TO_RECEIVE),
        ([Deed.RECEIVED], OrderState.TO_ANSWER),
        ([Deed.TIME_ASKED], OrderState.TO_ANSWER),
        ([Deed.ANSWERED], OrderState.RECTIFYING),
        ([Deed.RECTIFIED], OrderState.TO_REVIEW),
        ([Deed.RECTIFIED, Deed.SENT_BACK], OrderState.TO_ANSWER),
        ([Deed.RECTIFIED, Deed.CLOSED], OrderState.SETTLED),
        ([Deed.CLOSED, Deed.REOPENED], OrderState.TO_RECEIVE),
    ],
)
def test_where_an_order_stands(deeds: list[Deed], state: OrderState) -> None:
    assert after(*(Happened(deed, MONDAY) for deed in deeds)).state == state


def test_more_time_moves_the_days_only_when_granted() -> None:
    asked = Happened(Deed.TIME_ASKED, MONDAY, answer_by=date(2026, 12, 4))
    assert after(asked).answer_by == date(2026, 11, 30)
    assert after(asked, Happened(Deed.TIME_REFUSED, MONDAY)).answer_by == date(2026, 11, 30)
    granted = after(asked, Happened(Deed.TIME_GRANTED, MONDAY, answer_by=date(2026, 12, 2)))
    assert (granted.answer_by, granted.rectify_by, granted.asked_for) == (
        date(2026, 12, 2),
        date(2026, 12, 31),
        None,
    )


def test_a_relapse_counts_and_starts_anew() -> None:
    again = Happened(Deed.REOPENED, date(2026, 12, 1), date(2026, 12, 8), date(2026, 12, 29))
    stand = after(Happened(Deed.CLOSED, MONDAY), again, Happened(Deed.CLOSED, MONDAY), again)
    assert (stand.relapses, stand.begun_on, stand.received, stand.escalated) == (2, again.on, False, None)


def told(stand, today: date, to: Tier = Tier.CITY) -> list[tuple[str, str | None]]:
    return [(str(one.deed), one.level) for one in ticks(stand, to, TERMS, today)]


REMIND, UP, TOP = ("order_reminded", None), ("order_escalated", "province"), ("order_escalated", "ministry")


@pytest.mark.parametrize(
    ("today", "to", "does"),
    [
        (date(2026, 11, 23), Tier.CITY, []),  # the day of issue
        (date(2026, 11, 24), Tier.CITY, [REMIND]),
        (date(2026, 11, 25), Tier.CITY, [REMIND]),  # made up on the last day
        (date(2026, 11, 26), Tier.CITY, [UP]),
        (date(2026, 12, 2), Tier.CITY, [UP]),  # five working days late
        (date(2026, 12, 3), Tier.CITY, [UP, TOP]),  # six: both, where the days between were missed
        (date(2026, 11, 26), Tier.PROVINCE, []),
        (date(2026, 12, 3), Tier.PROVINCE, [TOP]),
    ],
)
def test_silence_goes_up(today: date, to: Tier, does: list) -> None:
    assert told(after(), today, to) == does


def test_a_holiday_neither_reminds_nor_escalates() -> None:
    first = Happened(Deed.ISSUED, date(2026, 9, 28), date(2026, 9, 30), date(2026, 10, 30))
    stand = after(Happened(Deed.RECEIVED, date(2026, 9, 28)), first=first)
    assert told(stand, date(2026, 9, 29)) == [REMIND]
    assert [told(stand, date(2026, 10, day)) for day in range(1, 8)] == [[]] * 7
    assert told(stand, date(2026, 10, 8)) == [UP]


def test_what_was_told_is_not_told_again_and_a_new_day_is() -> None:
    events = [ISSUED, *ticks(after(), Tier.CITY, TERMS, date(2026, 11, 26))]
    assert ticks(stand_after(events), Tier.CITY, TERMS, date(2026, 11, 26)) == []
    assert stand_after(events).escalated == Tier.PROVINCE
    received = stand_after([*events, Happened(Deed.RECEIVED, date(2026, 11, 26))])
    assert told(received, date(2026, 12, 1)) == [UP]  # the reply is another duty


@pytest.mark.parametrize("events", [[], [Happened(Deed.CLOSED, MONDAY)], [Happened(Deed.ISSUED, MONDAY)]])
def test_an_order_begins_with_its_issue(events: list[Happened]) -> None:
    with pytest.raises(ValueError):
        stand_after(events)


def test_the_carried_terms_say_whose_they_are() -> None:
    assert set(TERMS.sources.values()) == {OURS}
    assert set(TERMS.sources) >= {"receipt", "relapse", "escalation.province"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[relapse]", "[relaps]"),
        ("days = 60", "days = -1"),
        ("workdays = 6", "workdays = 1"),
        ("workdays = 2", 'workdays = "2"'),
        ("[receipt]", "[receipt"),
    ],
)
def test_terms_that_make_no_sense_are_refused(old: str, new: str) -> None:
    from alerts.order_terms import _CARRIED

    text = _CARRIED.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(TermsError):
        read_terms(text.replace(old, new, 1))
