"""The pages on adjustments, on the way of money and on peers: each role, both languages, empty and full."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from alerts import watch
from dashboard.views.path import path_rows
from models.access import Scope
from models.db import Database
from models.fund_path import Move, tranches
from models.places import Programme
from models.plans import Adjustment, AdjustmentChange
from models.queries import dossier
from models.vocabulary import FundSource, MoneyStage, Role
from models.words import words
from tests.builders import CITY, WAN, adjustment, fund, plan, project, put, report
from tests.dashboard.pages import NOW, drawn, texts

JAN, NOV = datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 1, tzinfo=UTC)
OTHERS = ("210200", "230100", "350200", "350500", "370200", "410100")


def shown(
    db: Database,
    view: str = "adjustments",
    *,
    role: str = "ministry",
    cities: str | None = None,
    language: str = "en",
    **params: str,
) -> AppTest:
    return drawn(db, view, role, "000000", cities and cities.split(","), reader=language, **params)


def everything(app: AppTest) -> str:
    """All that reaches the browser: texts, charts, choices."""
    sent = (element.proto.SerializeToString() for element in app.get("vega_lite_chart"))
    charts = " ".join(one.decode("utf-8", "ignore") for one in sent)  # with the rows, packed as Arrow
    choices = " ".join(option for box in app.selectbox for option in box.options)
    frames = " ".join(element.value.to_csv() for element in app.dataframe)
    return texts(app) + charts + choices + frames


def fill(db: Database) -> None:
    """Seven cities of batch 1; one project of the first was adjusted, and would be longer if what waits is accepted."""
    for nr, city in enumerate((CITY, *OTHERS), 1):
        project(db, f"K{nr}", JAN, city=city, name=f"works of {city}")
        money = dict(issued=100 * WAN, transferred=100 * WAN, paid=90 * WAN, spent=nr * 10 * WAN)
        report(db, f"K{nr}", NOV, date(2026, 10, 31), city=city, physical_bp=1_000 * nr, **money)
    made = dict(version=2, adjustment=1, approved_on=NOV.date())
    plan(db, "K1", NOV, name=f"works of {CITY}", total_investment=1_250 * WAN, **made)
    decided = dict(status="approved", version=2, decided_at=NOV, decided_by="p@b.example")
    adjustment(db, "K1", NOV, 1, ground="policy_change", document_no="No. 7", **decided)
    adjustment(db, "K1", NOV, 2)
    adjustment(db, "K2", NOV, 1, city=OTHERS[0])
    for number, field, old, new in (
        (1, "total_investment", 1_000 * WAN, 1_250 * WAN),
        (2, "planned_end", "2026-12-31", "2027-02-14"),
    ):
        put(
            db,
            AdjustmentChange,
            **dict(city=CITY, project="K1", number=number, field=field, old=str(old), new=str(new)),
        )
    fund(db, "K1", NOV, "transferred", date(2026, 3, 1), 100 * WAN)
    fund(db, "K1", NOV, "paid", date(2026, 3, 31), 60 * WAN)
    fund(db, "K1", NOV, "issued", date(2026, 2, 1), 500 * WAN, project=None, record_key="city")
    watch.evaluate(db, NOW.date(), NOW, now=NOW)


@pytest.fixture
def told(sqlite_db: Database) -> Database:
    fill(sqlite_db)
    return sqlite_db


@pytest.mark.parametrize(("language", "said"), [("en", "No projects here"), ("zh_CN", "此处没有项目")])
def test_an_empty_database_explains_itself(sqlite_db: Database, language: str, said: str) -> None:
    assert said in texts(shown(sqlite_db, language=language))


@pytest.mark.parametrize(("language", "said"), [("en", "No adjustment here"), ("zh_CN", "此处没有调整")])
def test_filters_that_leave_nothing_say_so(told: Database, language: str, said: str) -> None:
    app = shown(told, language=language, changed="name")
    assert said in texts(app) and not [
        one for one in app.get("vega_lite_chart") if "adjustments" in one.proto.spec
    ]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(
    ("role", "cities"),
    [("ministry", None), ("auditor", None), ("province", f"{CITY},{OTHERS[0]}"), ("city", CITY)],
)
def test_each_role_in_both_languages(told: Database, role: str, cities: str | None, language: str) -> None:
    app = shown(told, role=role, cities=cities, language=language)
    t = words(language)
    said = everything(app)
    assert (
        t("{shown} of {all} entries.", shown=2 if role == "city" else 3, all=2 if role == "city" else 3)
        in said
    )
    assert ("works of 230100" in said) is False  # never adjusted
    assert (f"works of {OTHERS[0]}" in said) is (role != "city")
    assert (t("Adjustment that waits") in [box.label for box in app.selectbox]) is (
        role in ("ministry", "province")
    )


def test_differences_are_told_in_money_days_and_percent(told: Database) -> None:
    said = texts(shown(told, city=CITY))
    assert "+CNY 2.5 m, +25%" in said and "(+45 days)" in said
    assert "investment +25% of the city&#x27;s" in said
    assert "last completion 2026-12-31 → 2027-02-14" in said
    assert "2 in 12 months" in said and "No. 7" in said


def test_the_address_holds_the_filters(told: Database) -> None:
    app = shown(told, state="approved")
    assert "1 of 1 entries." in texts(app)
    app.selectbox(key="filter-adjustments-ground").set_value("force_majeure").run()
    assert app.query_params["ground"] == "force_majeure" and "No adjustment here" in texts(app)


def test_as_known_earlier_nothing_was_adjusted_and_nothing_is_decided(told: Database) -> None:
    app = shown(told, on="2026-11-23", known_at="2026-10-01T12:00")
    assert "No adjustment here" in texts(app)
    assert "adjustments-decide" not in [box.key for box in app.selectbox]


def test_what_waits_is_decided_here(told: Database) -> None:
    app = shown(told, city=CITY)
    box = app.selectbox(key="adjustments-decide")
    box.set_value((CITY, "K1", 2)).run()
    key = f"decide-{CITY}-K1-2"
    app.selectbox(key=f"{key}-ground").select("force_majeure")
    app.text_input(key=f"{key}-document").set_value("No. 8")
    app.form_submit_button[0].click().run()
    assert not app.exception and not app.error
    ministry = Scope("m@b.example", Role.MINISTRY, "000000", None)
    assert [v.version for v in dossier.versions(told, ministry, CITY, "K1")] == [1, 2, 3]
    said = texts(shown(told, city=CITY))
    assert "sets the city&#x27;s last completion, 2027-02-14" in said


def test_what_waits_is_told_in_the_programmes_own_currency(told: Database) -> None:
    money = dict(field="total_investment", old=str(1_000 * WAN), new=str(2_000 * WAN))
    put(told, AdjustmentChange, city=CITY, project="K1", number=2, **money)
    with told.rw.begin() as connection:
        connection.execute(sa.update(Programme.__table__).values(currency="MXN"))
    app = shown(told, city=CITY)
    assert "CNY" not in texts(app)
    app.selectbox(key="adjustments-decide").set_value((CITY, "K1", 2)).run()
    said = texts(app)
    assert said.count("MXN 20 m") == 2 and "CNY" not in said  # in the ledger, and where it is decided


def test_a_coordinator_sees_the_nation_and_no_other_city(told: Database) -> None:
    said = everything(shown(told, role="city", cities=CITY))
    assert "The nation, 7 cities" in said and "3 ÷ 7 = 0.43" in said
    assert not any(f"K{nr}" in said for nr in range(2, 8)) and "Dalian" not in said and OTHERS[0] not in said


def test_outside_of_a_scope_there_is_an_explanation(told: Database) -> None:
    app = shown(told, role="city", cities=OTHERS[0], city=CITY)
    assert "Not in your scope" in texts(app) and "K1" not in everything(app)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_dossier_draws_the_way_of_each_sum(told: Database, language: str) -> None:
    """Issued to the city on 1 February, 28 days later transferred, 30 days later 60 % paid; 40 wait for 267 days."""
    t = words(language)
    app = shown(told, "project", language=language, city=CITY, project="K1")
    said = texts(app)
    assert t("{day}, to the city", day="2026-02-01") in said
    assert t("after {n} days", n=28) in said and t("after {n} days", n=30) in said
    waits = t("{amount} waits since {day}: {n} days", amount=t.amount(40 * WAN), day="2026-03-01", n=267)
    assert waits in said and "■" in said
    alts = [one.proto.alt for one in app.get("vega_lite_chart")]
    assert any("2026-03-01" in alt for alt in alts)


def test_rows_of_the_timeline() -> None:
    day, source = date.fromisoformat, FundSource.CENTRAL
    moves = [
        Move(MoneyStage.TRANSFERRED, day("2026-03-01"), 100, source, "文1"),
        Move(MoneyStage.PAID, day("2026-03-11"), 30, source, "文1"),
        Move(MoneyStage.PAID, day("2026-03-31"), 30, source, "文1"),
    ]
    (one,) = tranches(moves, {(source, "文1"): day("2026-02-01")})
    rows = path_rows([(0, one)], day("2026-04-10"), words("en"))
    brief = [(row["line"], row["what"], row["start"], row["end"], row["said"]) for row in rows]
    issued, transferred, paid = "① Issued", "① Transferred", "① Paid"
    assert brief == [
        (issued, "point", "2026-02-01", "2026-02-01", "to the city"),
        (issued, "said", "2026-02-01", "2026-02-01", "to the city"),
        (transferred, "point", "2026-03-01", "2026-03-01", "after 28 days"),
        (transferred, "said", "2026-03-01", "2026-03-01", "after 28 days"),
        (paid, "point", "2026-03-11", "2026-03-11", "after 10 to 30 days"),
        (paid, "point", "2026-03-31", "2026-03-31", "after 10 to 30 days"),
        (paid, "span", "2026-03-11", "2026-03-31", "after 10 to 30 days"),
        (paid, "said", "2026-03-11", "2026-03-31", "after 10 to 30 days"),
        (paid, "wait", "2026-03-01", "2026-04-10", "waits 40 days"),
    ]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_without_movements_the_dossier_says_which_form(told: Database, language: str) -> None:
    app = shown(told, "project", language=language, city=OTHERS[0], project="K2")
    text = (
        "No dated movement was told (form “Money movements”); the amounts above come from the dispatch form."
    )
    assert words(language)(text) in texts(app)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_coordinators_city_among_unnamed_peers(told: Database, language: str) -> None:
    t = words(language)
    app = shown(told, "city", role="city", cities=CITY, language=language)
    said = everything(app)
    assert t("{group}: {n} others with projects", group=t("Cities of the same batch"), n=6) in said
    assert t("{rank} of {all}", rank=7, all=7) in said
    assert (
        t(
            "{group}: no comparison is made, there are {n} others; it takes {least}.",
            group=t("Cities of the same province"),
            n=1,
            least=5,
        )
        in said
    )
    assert not any(city in said for city in OTHERS)
    assert not [
        one for one in app.expander if t("{n} of them by name, those in your scope", n=6) in one.label
    ]


def test_the_ministry_sees_the_peers_by_name(told: Database) -> None:
    app = shown(told, "city", city=CITY)
    assert [one for one in app.expander if "6 of them by name" in one.label]
    assert "Dalian" in texts(app)


def test_more_than_a_page_is_said_and_taken_away_whole(sqlite_db: Database) -> None:
    project(sqlite_db, "P1", JAN)
    rows = [
        dict(city=CITY, project="P1", number=number, status="pending", adjusted_on=NOV.date())
        | dict(submission="s0", row_no=2, recorded_at=NOV)
        for number in range(1, 102)
    ]
    with sqlite_db.rw.begin() as connection:
        connection.execute(sa.insert(Adjustment.__table__), rows)
    app = shown(sqlite_db)
    said = texts(app)
    assert "100 of 101 entries." in said and "The download has all 101 entries." in said
    assert ("The whole ledger", 101) in app.session_state["taken"]
