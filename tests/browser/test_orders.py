"""From a red alert to a closed order, in a real Chromium: the ministry issues, the city answers, the ministry closes."""

import email
import email.policy
import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select

from alerts import outbox
from alerts.mail import open_sender
from models import clock
from models.alerts import Message
from models.db import open_database
from models.orders import DispatchOrder
from tests.browser.conftest import Site

Open = Callable[..., Page]


def test_an_officer_goes_from_an_alert_to_a_closed_order(desk: Open, site: Site, tmp_path: Path) -> None:
    asked = "请核实设备到货情况，明确补回进度的时间。"
    page = desk("ministry", "/alerts?city=150200")
    page.get_by_role("link", name="下达督办").first.click()
    main = page.get_by_test_id("stMainBlockContainer")
    page.get_by_label("督办要求").fill(asked)
    _choose(page, "问题原因", "设备采购或到货滞后")
    page.get_by_role("button", name="下达", exact=True).click()
    expect(main).to_contain_text("待签收")
    number = _number_of(site, asked)
    expect(main).to_contain_text(number)
    told = _mail(site, "baotou@demo.invalid", number, "请办理")
    assert asked in _text(told) and "问题原因" in _text(told)

    city = desk("baotou", re.search(r"http://\S+?(/orders\?\S+)", _text(told)).group(1))
    desk_main = city.get_by_test_id("stMainBlockContainer")
    expect(desk_main).to_contain_text(asked)
    city.get_by_role("button", name="签收督办单").click()
    expect(desk_main).to_contain_text("待答复")
    file = tmp_path / "到货凭证.pdf"
    file.write_bytes(b"%PDF-1.7 arrived")
    city.get_by_text("报告整改完成", exact=True).click()
    city.get_by_label("答复内容").fill("设备已于昨日全部到厂，进度下周补回。")
    city.locator('input[type="file"]').set_input_files(file)
    expect(desk_main).to_contain_text("到货凭证.pdf")
    city.get_by_role("button", name="提交答复").click()
    expect(desk_main).to_contain_text("待审核销号")
    _mail(site, "ministry@demo.invalid", number, "报告整改完成")

    page.get_by_role("link", name=number).first.click()
    expect(main).to_contain_text("设备已于昨日全部到厂")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("到货凭证")).click()
    assert download.value.path().read_bytes() == b"%PDF-1.7 arrived"
    page.get_by_label("审核结论").fill("凭证属实，予以销号。")
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="销号").click()
    expect(main).to_contain_text("已销号")
    expect(page.get_by_role("button", name="提交答复")).to_have_count(0)
    _mail(site, "baotou@demo.invalid", number, "已销号")
    subjects = [str(mail["Subject"]) for mail in _mails(site) if number in str(mail["Subject"])]
    assert len(subjects) == len(
        {(str(m["Subject"]), str(m["To"])) for m in _mails(site) if number in str(m["Subject"])}
    )


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


def _mails(site: Site) -> list[EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in site.mails.glob("*.eml")
    ]


def _mail(site: Site, to: str, number: str, what: str) -> EmailMessage:
    """The mail to somebody about an order, sent at its due time: at night it waits in the outbox for the morning."""
    db = open_database(site.database_url)
    wanted = select(Message).where(Message.recipient == to, col(Message.subject).contains(number))
    with Session(db.ro) as session:
        due_at = max(row.due_at for row in session.exec(wanted) if what in row.subject)
    sender = open_sender("", site.mails, mail_from="Pilot Dispatch <dispatch@localhost>")
    outbox.send_due(db, sender, now=max(due_at, clock.now()) + timedelta(seconds=1))
    db.dispose()
    (found,) = [
        mail
        for mail in _mails(site)
        if to in str(mail["To"]) and number in str(mail["Subject"]) and what in str(mail["Subject"])
    ]
    return found


def _text(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()
