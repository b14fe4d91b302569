"""A province puts another place's light rules in force for one city, having looked at what they do."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from models.db import open_database
from models.policies import PolicyInForce
from models.state import DayState
from tests.browser.conftest import Site
from tests.browser.hands import choose

Open = Callable[..., Page]


def lights(site: Site, city: str) -> dict[str, tuple[str, int | None]]:
    db, state = open_database(site.database_url), DayState.__table__
    newest = sa.select(sa.func.max(state.c.state_on)).scalar_subquery()
    with db.ro.connect() as connection:
        found = connection.execute(
            sa.select(state.c.project, state.c.light, state.c.policy).where(
                state.c.city == city, state.c.state_on == newest
            )
        ).all()
    db.dispose()
    return {project: (str(light), policy) for project, light, policy in found}


def test_a_province_puts_sanya_in_force_for_a_city_after_looking_at_the_effect(
    desk: Open, site: Site
) -> None:
    before, other = lights(site, "210100"), lights(site, "150200")
    page = desk("liaoning", "/rules")
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("自带规则")
    choose(page, "适用范围", "城市 沈阳市")
    choose(page, "采用规则", "预设：三亚2022")
    expect(main).to_contain_text("差额÷计划")
    expect(page.get_by_role("button", name="施行", exact=True)).to_have_count(0)
    page.get_by_role("button", name="查看对今天亮灯的影响").click()
    told = page.get_by_text(re.compile(r"今天 \d+ 个项目中有 \d+ 个亮灯改变"))
    expect(told).to_be_visible()
    changes = int(re.search(r"有 (\d+) 个", told.inner_text()).group(1))
    page.get_by_role("button", name="用过去12个月演练").click()
    expect(main).to_contain_text("未预警的问题", timeout=120_000)
    page.get_by_label("理由（永久留存）").fill("与市里通报口径一致")
    page.get_by_role("button", name="施行", exact=True).click()
    expect(main).to_contain_text("与市里通报口径一致")
    expect(main.locator("table").first).to_contain_text("三亚2022")
    after = lights(site, "210100")
    moved = {code for code in before if after[code][0] != before[code][0]}
    assert len(moved) == changes > 0
    assert lights(site, "150200") == other
    page.goto(site.address + f"/project?city=210100&project={min(moved)}")
    expect(main).to_contain_text("按三亚2022")
    db = open_database(site.database_url)
    with db.ro.connect() as connection:
        (row,) = connection.execute(sa.select(PolicyInForce.__table__)).all()
    db.dispose()
    assert (str(row.scope), row.place, row.reason) == ("city", "210100", "与市里通报口径一致")


def test_a_city_sees_the_rules_and_decides_nothing(desk: Open) -> None:
    page = desk("shenyang", "/rules")
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main).to_contain_text("不由城市自行决定")
    expect(page.get_by_role("combobox", name="适用范围")).to_have_count(0)
    page.get_by_role("button", name=re.compile("account_circle|沈阳")).first.click()
    page.get_by_role("link", name="个人设置").click()
    expect(page).to_have_url(re.compile("/me"))
    expect(main).to_contain_text("每日预警摘要")
