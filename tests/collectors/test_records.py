"""The record forms: each takes its rows in, says what is wrong with them, and keeps what they were."""

from datetime import date

import pytest
from sqlmodel import Session, select
from stdnum.cn import uscc

from collectors.forms import FORMS, RECORD_FORMS
from collectors.problems import problem_text
from models.access import Scope
from models.records import RECORDS, Application, Evaluation, Fund, Inspection, Member, Milestone
from models.vocabulary import Role
from models.words import words
from tests.collectors.books import book

PROVINCE = Scope("province@example.org", Role.PROVINCE, "210000", frozenset({"210000", "210100", "210200"}))
OWNER, FIRST, SECOND = (
    body + uscc.calc_check_digit(body)
    for body in ("91210100MA0UQ8XX7", "91210106750754250", "91210106550597843")
)

CHAIN = (
    "项目编号,项目名称,类型,实施单位,总投资,产业链,链主企业,园区,计划开工,计划竣工\n"
    "XL001,汽车供应链,线,甲,5000,汽车,甲,,2026-01-01,2027-12-31\n"
    "MY001,产业园改造,面,乙,5000,,,沈阳园,2026-01-01,2027-12-31\n"
)
SAMPLES = {
    "members": "项目编号,截止日期,统一社会信用代码,企业名称,链上层级,供货对象信用代码,计划进度,实际进度\n"
    f"XL001,2026-10-31,{OWNER},甲,0,,50,45\nXL001,2026-10-31,{FIRST},乙,1,{OWNER},50,30\n",
    "tenants": "项目编号,截止日期,主体名称,构成类型,计划进度,实际进度\n"
    "MY001,2026-10-31,丙厂,入驻企业,50,45\nMY001,2026-10-31,转型中心,转型促进中心,80,80\n",
    "milestones": "项目编号,里程碑,计划日期,预计日期,实际日期\nSY001,设备到货,2026-06-30,,2026-07-03\n",
    "funds": "资金文号,资金环节,发生日期,项目编号,金额,资金来源,支出类别,单独核算\n"
    "辽财〔2026〕1号,下达,2026-03-01,,300,中央奖补资金,,是\n"
    "辽财〔2026〕1号,拨付,2026-04-01,SY001,100,中央奖补资金,企业技术改造,是\n",
    "enterprises": "截止日期,行业代码,规上企业数,已改造企业数\n2026-10-31,36,120,80\n2026-10-31,382,40,12\n",
    "inspections": "检查编号,项目编号,检查日期,检查单位,发现问题,整改期限\n"
    "JC-1,SY001,2026-09-01,市工信局,台账不全,2026-10-01\nJC-2,,2026-09-02,市财政局,未单独核算,2026-10-01\n",
    "other_funding": "资金渠道,项目名称,实施单位,金额,安排日期\n设备更新,智能产线,甲厂,500,2026-05-01\n",
    "evaluations": "评价年度,城市,评价得分,处理措施,文号\n2025,沈阳市,61.5,督导整改,工信〔2026〕9号\n",
    "applications": "申报年度,申报城市,申报类型,文号\n2025,抚顺市,地级市,辽工信〔2025〕3号\n",
}
FOR_SUPERVISORS = ("evaluations", "applications")


def scope_of(form: str, city: Scope) -> Scope:
    return PROVINCE if form in FOR_SUPERVISORS else city


@pytest.fixture
def chain(registered):
    assert registered(CHAIN).committed
    return registered


def current(db, table):
    with Session(db.ro) as session:
        return session.exec(select(table).where(table.superseded_at.is_(None))).all()


def codes(receipt):
    return {problem.code for problem in receipt.problems}


def test_every_record_form_has_a_table_and_a_sample():
    assert {form.table for form in RECORD_FORMS.values()} == set(RECORDS)
    assert set(SAMPLES) == set(RECORD_FORMS)


@pytest.mark.parametrize("form", SAMPLES)
def test_a_record_is_new_then_same(db, chain, shenyang, form):
    text, scope = SAMPLES[form], scope_of(form, shenyang)
    receipt = chain(text, scope=scope)
    assert receipt.committed and receipt.form == form, receipt.problems
    assert receipt.new == len(current(db, FORMS[form].table)) == text.count("\n") - 1
    again = chain(text + "\n", scope=scope)
    assert (again.same, again.committed) == (receipt.new, False)
    assert chain(text, scope=scope).duplicate_of[0] == receipt.submission


def test_a_changed_record_replaces_the_old_one_and_keeps_it(db, chain, now):
    chain(SAMPLES["milestones"])
    text = SAMPLES["milestones"].replace(",,2026-07-03", ",2026-08-01,")
    receipt = chain(text)
    assert receipt.changes.select("field", "old", "new").rows() == [
        ("expected_on", None, "2026-08-01"),
        ("reached_on", "2026-07-03", None),
    ]
    with Session(db.ro) as session:
        rows = session.exec(select(Milestone).order_by(Milestone.recorded_at, Milestone.superseded_at)).all()
    assert len(rows) == 2 and sum(row.superseded_by == receipt.submission for row in rows) == 1


def test_a_missing_column_keeps_what_was_known(db, chain):
    chain(SAMPLES["members"])
    receipt = chain(
        "项目编号,截止日期,统一社会信用代码,企业名称,链上层级,实际进度\n"
        f"XL001,2026-10-31,{OWNER},甲,0,46\nXL001,2026-10-31,{FIRST},乙,1,30\n"
    )
    assert (receipt.changed, receipt.same) == (1, 1)
    member = next(m for m in current(db, Member) if m.unit_code == OWNER)
    assert (member.actual_bp, member.planned_bp) == (4600, 5000)


@pytest.mark.parametrize(
    ("form", "old", "new", "code"),
    [
        ("members", f"{FIRST},乙,1,{OWNER}", f"{FIRST},乙,1,{SECOND}", "W-B124"),
        ("members", f"{FIRST},乙,1,{OWNER}", f"{FIRST},乙,1,{FIRST}", "E-B126"),
        ("members", "甲,0,", "甲,1,", "W-B127"),
        ("members", "XL001,2026-10-31,", "SY001,2026-10-31,", "E-B125"),
        ("members", OWNER, OWNER[:-1] + "1", "E-C111"),
        ("tenants", "MY001", "XL001", "E-B125"),
        ("tenants", "丙厂", "转型中心", "E-B103"),
        ("tenants", "入驻企业", "路人", "E-C110"),
        ("milestones", "2026-07-03", "2027-07-03", "E-C86"),
        ("funds", "SY001", "SY999", "E-B101"),
        ("funds", "拨付,2026-04-01,SY001,100", "拨付,2026-04-01,SY001,301", "W-B137"),
        ("funds", "企业技术改造,是", "基础设施,是", "W-B129"),
        ("funds", "企业技术改造,是", "企业技术改造,否", "W-B130"),
        ("funds", ",300,", ",,", "E-C87"),
        ("enterprises", "120,80", "120,121", "E-B128"),
        ("enterprises", "120,80", "120,8.5", "E-C75"),
        ("enterprises", "36,120", "99,120", "E-C112"),
        ("inspections", "台账不全,2026-10-01", "台账不全,2026-08-01", "E-B110"),
        ("other_funding", "设备更新", "别的", "E-C110"),
        ("evaluations", "61.5", "161.5", "E-C74"),
        ("evaluations", "工信〔2026〕9号", "", "E-B132"),
        ("evaluations", "2025,沈阳市", "二五,沈阳市", "E-C117"),
        ("evaluations", "沈阳市", "", "E-B118"),
        ("evaluations", "沈阳市", "广州市", "E-B102"),
        ("applications", "抚顺市", "沈阳市", "W-B135"),
    ],
)
def test_what_is_wrong_with_a_record_is_said(lite, shenyang, form, old, new, code):
    assert lite(CHAIN).committed
    assert old in SAMPLES[form]
    receipt = lite(SAMPLES[form].replace(old, new), scope=scope_of(form, shenyang), dry_run=True, form=form)
    stored = {column.stored_as for column in FORMS[form].columns}
    assert not stored & {problem.column for problem in receipt.problems}
    assert code in codes(receipt) and receipt.ok == (code[0] != "E"), receipt.problems
    for problem in receipt.problems:
        for language in ("zh_CN", "en"):
            said = "".join(problem_text(problem, words(language)))
            assert "{" not in said and "—" not in said, said


def test_the_application_of_a_citys_own_batch_is_not_a_second_one(lite):
    """Shenyang entered with the batch of 2024."""
    applied = SAMPLES["applications"].replace("抚顺市", "沈阳市")
    assert "W-B135" not in codes(lite(applied.replace("2025", "2024"), scope=PROVINCE, dry_run=True))
    assert "W-B135" in codes(lite(applied, scope=PROVINCE, dry_run=True))


def test_money_out_of_order_is_ranked_by_its_difference(lite):
    text = SAMPLES["funds"] + (
        "辽财〔2026〕2号,下达,2026-03-01,,10,中央奖补资金,,是\n"
        "辽财〔2026〕2号,拨付,2026-04-01,SY001,5010,中央奖补资金,企业技术改造,是\n"
        "辽财〔2026〕1号,支付,2026-05-01,SY001,101,中央奖补资金,企业技术改造,否\n"
    )
    receipt = lite(text, dry_run=True)
    warned = [problem for problem in receipt.problems if problem.level == "warning"]
    assert [problem.code for problem in warned] == ["W-B137", "W-B130"]
    assert warned[0].money == 5_001_000_000 and warned[0].count == 2


def test_recommendations_beyond_the_quota_are_said_across_files(lite):
    assert lite(SAMPLES["applications"], scope=PROVINCE).committed
    second = SAMPLES["applications"].replace("抚顺市", "鞍山市")
    assert "W-B134" in codes(lite(second, scope=PROVINCE, dry_run=True))


@pytest.mark.parametrize("form", FOR_SUPERVISORS)
def test_a_city_does_not_evaluate_or_recommend_itself(lite, shenyang, form):
    assert codes(lite(SAMPLES[form], scope=shenyang)) == {"E-M05"}


def test_a_province_means_itself(lite, sqlite_db):
    lite(SAMPLES["applications"], scope=PROVINCE)
    assert [row.city for row in current(sqlite_db, Application)] == ["210000"]
    lite(SAMPLES["evaluations"], scope=PROVINCE)
    row = current(sqlite_db, Evaluation)[0]
    assert (row.city, row.year, row.score, str(row.measure)) == (
        "210100",
        2025,
        6150,
        "supervised_rectification",
    )


def test_records_with_and_without_a_project_stand_side_by_side(lite, sqlite_db):
    lite(SAMPLES["inspections"])
    assert {row.number: row.project for row in current(sqlite_db, Inspection)} == {
        "JC-1": "SY001",
        "JC-2": None,
    }
    lite(SAMPLES["funds"])
    assert {str(row.stage): (row.project, row.happened_on) for row in current(sqlite_db, Fund)} == {
        "issued": (None, date(2026, 3, 1)),
        "transferred": ("SY001", date(2026, 4, 1)),
    }


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        (
            "检查编号,检查日期,检查单位,发现问题,整改期限,整改完成日期\nJC-1,2026-09-01,市工信局,台账不全,2026-10-01,2026-09-20\n",
            "W-B131",
            "F 整改完成日期",
        ),
        (
            "评价年度,城市,评价得分,处理措施,文号,扣减或收回金额\n2025,沈阳市,61.5,督导整改,工信〔2026〕9号,10\n",
            "W-B133",
            "F 扣减或收回金额",
        ),
        ("项目编号,里程碑,计划日期\nSY001,设备到货,2026-08-30\n", "W-B136", "C 计划日期"),
    ],
)
def test_what_a_record_leaves_open_is_asked(lite, shenyang, text, code, column):
    assert lite(SAMPLES["milestones"]).committed
    scope = PROVINCE if "评价" in text else shenyang
    found = {problem.code: problem for problem in lite(text, scope=scope, dry_run=True).problems}
    assert found[code].column == column and found[code].row == 2


MOVED = "资金文号,资金环节,发生日期,项目编号,金额,资金来源,凭证号\n"


def test_a_document_number_with_invisible_or_wide_characters_is_the_same(registered, db):
    row = "沈财〔2026〕12号,支出,2026-04-01,SY001,5,中央奖补资金,v1\n"
    assert registered(MOVED + row).new == 1
    for written, code in (("12号\u200b", "W-C56"), ("１２号", "W-C57")):
        again = registered(MOVED + row.replace("12号", written))
        assert (again.new, again.changed, again.same) == (0, 0, 1)
        assert code in [problem.code for problem in again.problems]
    assert [fund.document_no for fund in current(db, Fund)] == ["沈财〔2026〕12号"]


def test_a_voucher_that_lost_digits_is_refused(registered):
    row = "沈财〔2026〕12号,支出,2026-04-01,SY001,5,中央奖补资金,3.20500202401E+17\n"
    assert "E-C55" in [problem.code for problem in registered(MOVED + row).problems]

    def written(made, sheet):
        sheet.write_row(0, 0, MOVED.strip().split(","))
        sheet.write_row(1, 0, [*row.split(",")[:6], 320500202401150017])

    refused = registered(book(written), name="资金.xlsx").problems
    assert "E-C54" in [problem.code for problem in refused]
