"""From the mail over the alert to a closed order, in a real Chromium and both languages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select

from models.alerts import Message
from models.db import open_database
from models.orders import DispatchOrder
from models.vocabulary import Cause, OrderState
from models.words import Words, words
from tests.browser.conftest import Site
from tests.browser.post import mail, mails, text

Open = Callable[..., Page]


@dataclass(frozen=True)
class Case:
    """Who answers and who supervises, in which language they look; and how mails to the city's desk begin and end."""

    locale: str
    t: Words
    city: str
    code: str
    above: str
    issued: str
    closed: str


CASES = (
    pytest.param(Case("zh-CN", words("zh_CN"), "baotou", "150200", "ministry", "请办理", "已销号"), id="zh"),
    pytest.param(Case("en-US", words("en"), "jiading", "310114", "shanghai", "for you", "closed"), id="en"),
)


@pytest.mark.parametrize("case", CASES)
def test_an_officer_goes_from_the_mail_over_the_alert_to_a_closed_order(
    desk: Open, site: Site, tmp_path: Path, case: Case
) -> None:
    t, officer, supervisor = case.t, f"{case.city}@demo.invalid", f"{case.above}@demo.invalid"
    digest = text(_digest(site, officer))
    alert = re.search(rf"http://\S+?(/alerts\?city={case.code}&alert=\S+)", digest).group(1)
    city = desk(case.city, alert, language=case.locale)
    city_main = city.get_by_test_id("stMainBlockContainer")
    city.get_by_label(t("What is being done about it")).fill("已派人到厂核实 / somebody is on the way")
    city.get_by_test_id("stFormSubmitButton").filter(has_text=t("Acknowledge")).click()
    expect(city_main).to_contain_text(officer)
    expect(city.get_by_role("button", name=t("Take the acknowledgement back"))).to_be_visible()

    asked = f"请核实设备到货情况，明确补回进度的时间。（{case.city}）"
    page = desk(case.above, f"{alert}&issue=1", language=case.locale)
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("somebody is on the way")
    page.get_by_label(t("What is asked")).fill(asked)
    _choose(page, t("Cause"), t.label(Cause.PROCUREMENT_DELAY))
    page.get_by_role("button", name=t("Issue the order"), exact=True).click()
    expect(main).to_contain_text(t.label(OrderState.TO_RECEIVE))
    number = _number_of(site, asked)
    expect(main).to_contain_text(number)
    told = text(mail(site, officer, number, case.issued))
    assert asked in told and t("Cause") in told

    city.goto(site.address + re.search(r"http://\S+?(/orders\?\S+)", told).group(1))
    expect(city_main).to_contain_text(asked)
    reply = "设备已于昨日全部到厂，进度下周补回。"
    text_of_reply = city.get_by_label(t("Text of the reply"))
    text_of_reply.fill(reply)
    receive = city.get_by_role("button", name=t("Acknowledge receipt"))
    receive.click()
    expect(receive).to_have_count(0)
    expect(city_main).to_contain_text(t.label(OrderState.TO_ANSWER))
    expect(text_of_reply).to_have_value(reply)  # kept, though another form was used
    file = tmp_path / "到货凭证.pdf"
    file.write_bytes(b"%PDF-1.7 arrived")
    city.get_by_text(t("Reported as rectified"), exact=True).click()
    city.locator('input[type="file"]').set_input_files(file)
    expect(city_main).to_contain_text("到货凭证.pdf")
    city.get_by_role("button", name=t("Hand in the reply")).click()
    expect(city_main).to_contain_text(t.label(OrderState.TO_REVIEW))
    mail(site, supervisor, number, "报告整改完成")

    page.get_by_role("link", name=number).first.click()
    expect(main).to_contain_text("设备已于昨日全部到厂")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("到货凭证")).click()
    assert download.value.path().read_bytes() == b"%PDF-1.7 arrived"
    page.get_by_label(t("Finding")).fill("凭证属实，予以销号。")
    close = page.get_by_test_id("stFormSubmitButton").get_by_role("button", name=t("Close the order"))
    close.click()
    expect(close).to_have_count(0)
    expect(main).to_contain_text(re.compile(t("Closed on {day}", day=r"\d+[\w -]+")))
    expect(page.get_by_role("button", name=t("Hand in the reply"))).to_have_count(0)
    mail(site, officer, number, case.closed)
    _no_mail_twice(site, number)


def _digest(site: Site, to: str) -> EmailMessage:
    """The newest mail to somebody that asks them to acknowledge an alert."""
    db = open_database(site.database_url)
    wanted = select(Message).where(Message.recipient == to, col(Message.body_text).contains("alert="))
    with Session(db.ro) as session:
        subject = session.exec(wanted.order_by(col(Message.created_at).desc())).first().subject
    db.dispose()
    return mail(site, to, subject)


def _no_mail_twice(site: Site, number: str) -> None:
    told = [(str(one["Subject"]), str(one["To"])) for one in mails(site) if number in str(one["Subject"])]
    assert len(told) == len(set(told))


def test_another_city_learns_nothing_of_an_order(desk: Open, site: Site) -> None:
    with Session(open_database(site.database_url).ro) as session:
        order = session.exec(select(DispatchOrder).where(DispatchOrder.city == "210100")).first()
    page = desk("baotou", f"/orders?order={order.id}&holder=210100")
    expect(page.get_by_test_id("stMainBlockContainer")).to_contain_text("不在您的查看范围内")
    assert order.number not in page.content() and order.asked not in page.content()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
@pytest.mark.parametrize("who", ["ministry", "liaoning", "shenyang"])
def test_lists_and_orders_open_without_a_fault(desk: Open, who: str, language: str) -> None:
    page = desk(who, "/orders?city=210100&state=all", language=language)
    links = page.locator("table").get_by_role("link", name=re.compile(r"^\d{4}-210100-\d{3}$"))
    expect(links.first).to_be_visible()
    links.first.click()
    expect(page).to_have_url(re.compile("order="))
    expect(page.locator(".pd-h1").first).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
    if language == "en-US":
        expect(page.get_by_test_id("stMainBlockContainer")).to_contain_text("What happened")


def _choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stSelectbox").filter(has_text=label).locator("input").first.click()
    page.get_by_role("option", name=option).click()


def _number_of(site: Site, asked: str) -> str:
    with Session(open_database(site.database_url).ro) as session:
        return session.exec(select(DispatchOrder).where(DispatchOrder.asked == asked)).one().number
