"""From a real server on loopback to stored rows: what comes is taken in once, what is wrong is a kept run.

The rows H124, H125, H127 and H128 of the bad-input catalogue as a whole run meets them.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from collectors import sources
from collectors.failure import notes_of, told
from collectors.fetch import Net
from collectors.pull import Pulled, pull
from models.db import Database
from models.reports import Report, Submission, SubmissionFile
from models.sources import Source, SourceRun
from models.words import words
from tests.builders import project
from tests.collectors import hostile
from tests.collectors.hostile import Hostile, as_json, paged, reply
from tests.collectors.test_promises import workbook

NET = Net(wait=lambda _: None, chance=lambda: 0.0)
NAME = "shenyang"


def declared(server: Hostile, *more: str, **keys: Any) -> str:
    """A declaration of this server: its address, loopback opened, and what a test adds."""
    base = {
        "name": NAME,
        "city": "210100",
        "form": "dispatch",
        "every_minutes": 60,
        "url": f"{server.address}/projects",
        "networks": ["127.0.0.0/8"],
    }
    lines = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in (base | keys).items()
        if value is not None
    ]
    return "\n".join([*lines, *more])


def record(code: str = "SY001", progress: float = 60, **more: Any) -> dict[str, Any]:
    return {"code": code, "as_of": "2026-10-31", "progress": progress, "invested": 512.25, **more}


@pytest.fixture
def server() -> Iterator[Hostile]:
    with hostile.serving() as found:
        yield found


def registered(db: Database, now: datetime) -> Database:
    """SY001 and SY002 in Shenyang, DL901 in Dalian."""
    for code, city in (("SY001", "210100"), ("SY002", "210100"), ("DL901", "210200")):
        project(db, code, now - timedelta(days=300), city=city)
    return db


@pytest.fixture
def ready(db: Database, now: datetime) -> Database:
    return registered(db, now)


class Desk:
    """One source on SQLite, pulled again and again; each pull an hour after the last."""

    def __init__(self, db: Database, server: Hostile, now: datetime) -> None:
        self.db, self.server, self.now = db, server, now

    def declare(self, *more: str, **keys: Any) -> None:
        sources.add(self.db, declared(self.server, *more, **keys), by="a@b.example", now=self.now)

    def serves(self, value: Any, **headers: str) -> None:
        self.server.routes["/projects"] = as_json(value, **headers)

    def pull(self, net: Net | None = None) -> Pulled:
        self.now += timedelta(hours=1)
        return pull(self.db, NAME, now=self.now, net=net or NET)

    @property
    def source(self) -> Source:
        with Session(self.db.ro) as session:
            return session.get(Source, NAME)

    @property
    def run(self) -> SourceRun:
        with Session(self.db.ro) as session:
            return session.exec(select(SourceRun).order_by(col(SourceRun.finished_at).desc()).limit(1)).one()

    def said(self) -> tuple[str, str, str]:
        """What the newest run says: its code, and its sentence in both languages."""
        run = self.run
        zh, en = (told(run.code, run.values, words(language)) for language in ("zh_CN", "en"))
        return run.code, zh[0], en[0]

    def figures(self) -> dict[str, int]:
        with Session(self.db.ro) as session:
            current = session.exec(select(Report).where(col(Report.superseded_at).is_(None))).all()
        return {report.project: report.physical_bp for report in current}

    def submissions(self) -> list[Submission]:
        with Session(self.db.ro) as session:
            return list(session.exec(select(Submission).order_by(Submission.received_at)))


@pytest.fixture
def desk(sqlite_db: Database, server: Hostile, now: datetime) -> Desk:
    return Desk(registered(sqlite_db, now), server, now)


def test_a_declared_source_becomes_dispatch_rows(ready: Database, server: Hostile, now: datetime) -> None:
    server.routes["/projects"] = as_json({"code": 200, "data": {"list": [record(), record("SY002", 35.5)]}})
    sources.add(ready, declared(server, records="data.list"), by="a@b.example", now=now)
    found = pull(ready, NAME, now=now, net=NET)
    assert found.last.outcome == "ok" and found.cities == {"210100"}
    with Session(ready.ro) as session:
        rows = session.exec(select(Report).order_by(Report.project)).all()
        assert [(r.project, r.physical_bp, r.invested) for r in rows] == [
            ("SY001", 6_000, 512_250_000),
            ("SY002", 3_550, 512_250_000),
        ]
        kept = session.exec(select(Submission)).one()
        assert (kept.door, kept.source, kept.uploader) == ("pull", NAME, f"source:{NAME}")
        run = session.exec(select(SourceRun)).one()
        assert (run.outcome, run.rows, run.new, run.submission) == ("ok", 2, 2, kept.id)
        source = session.get(Source, NAME)
        assert source.last_ok_at == source.last_data_at and source.failures == 0
        assert source.due_at == now + timedelta(minutes=60) and source.claimed_until is None


def test_the_original_bytes_are_kept_as_they_came(desk: Desk) -> None:
    body = '\ufeff[ {"xmbh": "SY001", "jd": 60.10, "rq": "2026-10-31"} ]'.encode()
    desk.server.routes["/projects"] = reply(body)
    desk.declare('[fields]\ncode = "xmbh"\nphysical_pct = "jd"\nas_of = "rq"')
    assert desk.pull().last.outcome == "ok"
    with Session(desk.db.ro) as session:
        assert session.exec(select(SubmissionFile.content)).one() == body


# --- H124: what is no data is never "no projects" -------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "outcome", "code", "zh", "en"),
    [
        (reply(b"<!DOCTYPE html><title>login</title>"), "error", "H-TYPE", "应答是网页，不是 JSON。", "is a web page, not JSON"),
        (reply(b"{}", Content_Type="text/html; charset=utf-8"), "error", "H-TYPE", "应答是网页", "a web page"),
        (as_json({"code": 500, "msg": "库连接失败"}), "error", "H-APPERR", "数据源返回自身的错误：500 库连接失败。", "error of its own: 500"),
        (as_json({"success": False, "message": "no"}), "error", "H-APPERR", "：no。", ": no."),
        (as_json({"error": {"a": 1}, "data": {"list": []}}), "error", "H-APPERR", "错误", "error"),
        (reply(b"", 204), "empty", "H-EMPTY", "数据源的应答中没有任何记录。", "without any record"),
        (reply(b""), "empty", "H-EMPTY", "没有任何记录", "without any record"),
        (as_json([]), "empty", "H-EMPTY", "没有任何记录", "without any record"),
        (reply(b'[{"code":"SY001"'), "error", "H-JSON", "JSON 在第 1 行第 17 字处无法读取：文本到此中断", "line 1, character 17"),
        (reply('[{"code":"项目"}]'.encode("gb18030")), "error", "H-ENC", "按 GB18030 可以读通", "reads as GB18030"),
        (reply(b'[{"code":"SY001","code":"SY002"}]'), "error", "H-JSON", "字段名出现两次", "stands twice"),
        (as_json({"list": 5}), "error", "H-SCHEMA", "没有记录列表", "no list of records"),
        (as_json([{"foo": 1, "bar": 2}]), "error", "H-SCHEMA", "字段 code, as_of, progress, invested 缺失", "it was there last time"),
        (as_json([record("XX999")]), "error", "E-B101", "XX999", "XX999"),
        (as_json([record("DL901")]), "error", "E-B102", "整个文件已拒绝", "the whole file is refused"),
        (as_json([record(), record("SY002", 135)]), "error", "E-C77", "135", "135"),
        (as_json([record(as_of="2026-12-31")]), "error", "E-FUTURE", "数据截止日期 2026-12-31 在未来。", "as of 2026-12-31, which is in the future"),
    ],
)  # fmt: skip
def test_what_is_no_data_changes_nothing_and_says_why(desk: Desk, answer, outcome, code, zh, en) -> None:
    desk.declare()
    desk.serves([record(progress=40)])
    assert desk.pull().last.outcome == "ok"
    before = desk.source
    desk.server.routes["/projects"] = answer
    desk.pull()
    found = desk.said()
    assert (desk.run.outcome, found[0]) == (outcome, code) and zh in found[1] and en in found[2]
    after = desk.source
    assert (after.last_ok_at, after.failures) == (before.last_ok_at, 1)
    assert desk.figures() == {"SY001": 4_000}
    desk.serves([record(progress=41)])
    assert desk.pull().last.outcome == "ok" and desk.source.failures == 0


def test_lines_of_objects_are_a_format(desk: Desk) -> None:
    desk.declare(format="jsonl")
    desk.server.routes["/projects"] = reply(
        b"\n".join(json.dumps(record(c)).encode() for c in ("SY001", "SY002"))
    )
    assert desk.pull().last.counts["rows"] == 2


# --- H127: the form of the data -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        ([{"code": "SY001", "as_of": "2026-10-31", "jindu": 61, "invested": 512.25}], "字段 progress 缺失（上次有）", "the field progress is missing"),
        ([record(progress="61")], "字段 progress 的内容为文本，上次为数字", "progress holds texts; last time it held numbers"),
        ([record(progress={"v": 61})], "字段 progress 缺失", "the field progress is missing"),
        ([record(code=1)], "字段 code 的内容为数字，上次为文本", "code holds numbers; last time it held texts"),
    ],
)  # fmt: skip
def test_a_changed_form_refuses_the_whole_until_it_is_declared_again(desk: Desk, changed, zh, en) -> None:
    desk.declare()
    desk.serves([record(progress=40), record("SY002", 30)])
    desk.pull()
    good = desk.source.last_ok_at
    desk.serves(changed)
    desk.pull()
    code, in_zh, in_en = desk.said()
    assert code == "H-SCHEMA" and zh in in_zh and en in in_en
    assert desk.figures() == {"SY001": 4_000, "SY002": 3_000}
    assert desk.source.last_ok_at == good
    desk.pull()
    assert desk.run.code == "H-SCHEMA", "it does not get used to it"
    desk.declare()
    desk.pull()
    assert desk.run.code != "H-SCHEMA"


def test_what_may_be_chance_is_no_drift(desk: Desk) -> None:
    desk.declare()
    desk.serves([record(problem="缺件"), record("SY002")])
    desk.pull()
    desk.serves([record(progress=61, invested=None), record("SY002", 36, extra={"a": 1})])
    assert desk.pull().last.outcome == "ok", "a field that not every record had, a null, an unused field"


def test_a_list_where_one_value_is_expected(desk: Desk) -> None:
    desk.declare()
    desk.serves([record(narrative=["甲", "乙"])])
    desk.pull()
    assert desk.run.code == "H-SCHEMA" and "字段 narrative 含有多个值" in desk.said()[1]


def test_another_unit_waits_for_a_person(desk: Desk) -> None:
    desk.declare()
    desk.serves([record(invested=512.25)])
    desk.pull()
    desk.serves([record(invested=5_122_500)])
    desk.pull()
    code, zh, en = desk.said()
    assert code == "W-C66" and "5122500" in zh and "are these yuan?" in en
    assert desk.run.outcome == "error" and len(desk.submissions()) == 1


def test_shares_instead_of_percentages_wait_for_a_person_too(desk: Desk) -> None:
    desk.declare()
    desk.serves([record(progress=40), record("SY002", 30)])
    desk.pull()
    desk.serves([record(progress=0.41), record("SY002", 0.35)])
    desk.pull()
    assert desk.run.code == "W-C76" and desk.figures() == {"SY001": 4_000, "SY002": 3_000}
    desk.serves([record(progress=0.5), record("SY002", 35)])
    assert desk.pull().last.outcome == "ok", "one project may well stand at half a percent"
    desk.declare("[hold]")
    desk.serves([record(progress=0.6), record("SY002", 0.4)])
    assert desk.pull().last.outcome == "ok", "declared: nothing is held"


# --- H127: pages ----------------------------------------------------------------------------------------------

PAGES = '[paging]\nby = "page"\nparameter = "page"\n'


def page(*codes: str, **more: Any) -> dict[str, Any]:
    return {"records": [record(code) for code in codes], **more}


@pytest.fixture
def many(desk: Desk) -> Desk:
    """Six projects, SY001 to SY006."""
    for n in range(3, 7):
        project(desk.db, f"SY00{n}", desk.now - timedelta(days=300))
    return desk


def test_every_page_becomes_one_delivery(many: Desk) -> None:
    many.declare(PAGES + 'total = "total"\nsize_parameter = "size"\nsize = 2', records="records")
    many.server.routes["/projects"] = paged(
        [page("SY001", "SY002", total=5), page("SY003", "SY004", total=5), page("SY005", total=5)]
    )
    assert many.pull().last.outcome == "ok"
    assert len(many.figures()) == 5 and len(many.submissions()) == 1
    assert [a.query for a in many.server.asked] == [{"page": str(n), "size": "2"} for n in (1, 2, 3)]
    run = many.run
    assert (run.requests, run.rows) == (3, 5) and run.response_ms is not None and run.bytes > 300
    assert many.pull().last.outcome == "unchanged"


@pytest.mark.parametrize(
    ("paging", "pages", "zh", "en"),
    [
        ('total = "total"', [page("SY001", total=3), page(total=3), page("SY003", total=3)], "声称共 3 条记录，实际收到 1 条", "says it has 3 records, and 1 came"),
        ('pages = "pages"', [page("SY001", pages=3), page(pages=3), page("SY003", pages=3)], "缺少第 2 页（共 3 页）", "page 2 of 3 is missing"),
        ('pages = "pages"', [page("SY001", pages=2)], "缺少第 2 页", "page 2 of 2 is missing"),
        ('total = "total"', [page("SY001", "SY002", total=1)], "声称共 1 条记录，实际收到 2 条", "says it has 1 records, and 2 came"),
        ('total = "total"', [page("SY001", total=9)] * 9, "第 2 页与前面的页重复", "page 2 repeats an earlier page"),
        ("size = 1", [page("SY001"), page("SY002"), page("SY001")], "第 3 页与前面的页重复", "page 3 repeats"),
        ("size = 1\nmost = 2", [page("SY001"), page("SY002"), page("SY003")], "超过 2 页", "more than 2 pages"),
        ('total = "total"', [page("SY001", total=2), page("SY002", total=3)], "发生变化（先为 2，后为 3）", "changed while it was read (2, then 3)"),
        ('total = "count"', [page("SY001", total=2)], "count 处没有数量", "no count at count"),
    ],
)  # fmt: skip
def test_a_page_that_is_missing_or_repeats_is_found(many: Desk, paging, pages, zh, en) -> None:
    many.declare(PAGES + paging, records="records")
    many.server.routes["/projects"] = paged(pages)
    many.pull()
    code, in_zh, in_en = many.said()
    assert code == "H-SCHEMA" and zh in in_zh and en in in_en
    assert many.submissions() == []


def test_a_page_that_fails_is_no_last_page(many: Desk) -> None:
    many.declare(PAGES + "size = 1", records="records")
    answers = [as_json(page("SY001")), reply(b"", 500)]
    many.server.routes["/projects"] = answers
    many.pull()
    assert many.run.code == "H-5XX" and many.submissions() == []
    many.server.routes["/projects"] = [as_json(page("SY001")), as_json({"code": 500, "msg": "x"})]
    many.pull()
    assert many.run.code == "H-APPERR" and many.submissions() == []


def test_by_offset_in_a_body(many: Desk) -> None:
    many.declare(
        '[paging]\nby = "offset"\nparameter = "start"\nfirst = 0\nsize = 2\nsize_parameter = "limit"\n[parameters]\nkind = "all"',
        method="POST",
        records="",
    )
    many.server.routes["/projects"] = [
        as_json([record("SY001"), record("SY002")]),
        as_json([record("SY003")]),
    ]
    assert many.pull().last.outcome == "ok"
    asked = [json.loads(a.body) for a in many.server.asked]
    assert asked == [{"kind": "all", "limit": "2", "start": str(n)} for n in (0, 2)]
    assert {a.method for a in many.server.asked} == {"POST"}


def test_by_cursor(many: Desk) -> None:
    many.declare('[paging]\nby = "cursor"\nparameter = "after"\nnext = "next"', records="records")
    many.server.routes["/projects"] = [
        as_json(page("SY001", next="b")), as_json(page("SY002", next="c")), as_json(page("SY003", next=None)),
    ]  # fmt: skip
    assert many.pull().last.counts["rows"] == 3
    assert [a.query.get("after") for a in many.server.asked] == [None, "b", "c"]
    many.server.routes["/projects"] = [as_json(page("SY001", next="b")), as_json(page("SY002", next="b"))]
    many.pull()
    assert "第 2 页的游标此前已出现过" in many.said()[1]


def test_by_link_in_the_document_or_the_header(many: Desk, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_KEY", "geheim")
    key = '[auth]\nkind = "bearer"\ntoken = { env = "SOURCE_KEY" }'
    with hostile.serving() as other:
        many.declare('[paging]\nby = "link"\nnext = "next"\n' + key, records="records", hosts=[other.host])
        many.server.routes["/projects"] = as_json(page("SY001", next="/two?x=1"))
        many.server.routes["/two"] = as_json(page("SY002", next=f"{other.address}/three"))
        other.routes["/three"] = as_json(page("SY003"))
        assert many.pull().last.counts["rows"] == 3
        assert [a.headers.get("authorization") for a in many.server.asked] == ["Bearer geheim"] * 2
        assert "authorization" not in other.asked[0].headers
    many.server.routes["/two"] = as_json(page("SY002", next="https://elsewhere.example/x"))
    many.pull()
    assert many.run.code == "H-BLOCKED"
    many.declare('[paging]\nby = "link"', records="records")
    many.server.routes["/projects"] = as_json(page("SY001"), Link='</two>; rel="next"')
    many.server.routes["/two"] = as_json(page("SY002"), Link='</projects>; rel="next"')
    many.pull()
    assert "第 2 页的链接此前已出现过" in many.said()[1]


# --- H128: time, rates, what is known already -----------------------------------------------------------------


def test_the_same_again_is_received_but_no_progress(desk: Desk) -> None:
    desk.declare()
    desk.serves([record(progress=40)])
    desk.pull()
    first = desk.source
    found = desk.pull()
    assert found.last.outcome == "unchanged" and not found.cities
    assert desk.said() == (
        "N-UNCHANGED",
        "数据源自上次以来没有新数据。",
        "The source has nothing new since last time.",
    )
    again = desk.source
    assert again.last_ok_at == first.last_ok_at + timedelta(hours=1) or again.last_ok_at > first.last_ok_at
    assert again.last_data_at == first.last_data_at
    desk.serves({"served_at": "now", "data": [record(progress=40)]})
    assert desk.pull().last.outcome == "unchanged", "another envelope around the same figures"
    assert len(desk.submissions()) == 1


def test_figures_that_go_back_are_news(desk: Desk) -> None:
    desk.declare()
    for progress in (40, 45, 40):
        desk.serves([record(progress=progress)])
        assert desk.pull().last.outcome == "ok"
    assert desk.figures() == {"SY001": 4_000} and len(desk.submissions()) == 3


def test_a_source_that_says_unchanged_itself(desk: Desk) -> None:
    desk.declare()
    desk.server.routes["/projects"] = hostile.unless_known('"v1"', json.dumps([record()]).encode())
    assert [desk.pull().last.outcome for _ in range(3)] == ["ok", "unchanged", "unchanged"]
    assert [a.headers.get("if-none-match") for a in desk.server.asked] == [None, '"v1"', '"v1"']


def test_a_clock_that_is_off_is_noted(desk: Desk) -> None:
    desk.declare()
    ahead = desk.now + timedelta(hours=1) + timedelta(hours=3)
    desk.serves([record()], Date=format_datetime(ahead, usegmt=True))
    assert desk.pull().last.outcome == "ok"
    (zh, en) = (notes_of(desk.run.values, words(language))[0] for language in ("zh_CN", "en"))
    assert zh[0] == "W-CLOCK"
    assert (zh[1], en[1]) == (
        "数据源的时钟与我方相差 180 分钟。",
        "The source's clock differs from ours by 180 minutes.",
    )


@pytest.mark.parametrize(
    ("answer", "code", "minutes"),
    [
        (reply(b"", 401), "H-AUTH", 60),
        (reply(b"", 429, Retry_After="1800"), "H-RATE", 30),
        (reply(b"", 503), "H-5XX", 1),
        (hostile.reset(), "H-CONN", 1),
        (as_json({"code": 1}), "H-APPERR", 60),
    ],
)
def test_when_it_is_asked_again_follows_from_what_went_wrong(desk: Desk, answer, code, minutes) -> None:
    desk.declare()
    desk.server.routes["/projects"] = answer
    desk.pull()
    source = desk.source
    assert desk.run.code == code and source.failures == 1
    assert source.due_at - desk.now == pytest.approx(timedelta(minutes=minutes), abs=timedelta(seconds=5))


def test_a_fault_that_passes_costs_one_more_request(desk: Desk) -> None:
    desk.declare()
    desk.server.routes["/projects"] = [reply(b"", 500), as_json([record()])]
    assert desk.pull().last.outcome == "ok"
    assert desk.run.requests == 2


def test_only_what_changed_since_the_last_good_run(desk: Desk) -> None:
    desk.declare('[since]\nparameter = "since"\nfirst = 2026-01-01\noverlap_days = 3\nform = "%Y%m%d"')
    desk.serves([record()])
    desk.pull()
    desk.server.routes["/projects"] = reply(b"", 500)
    desk.now += timedelta(days=7)
    desk.pull()
    desk.serves([])
    desk.pull()
    assert desk.run.outcome == "unchanged", (
        "nothing new is nothing wrong where only what is new was asked for"
    )
    desk.serves([record("SY002")])
    desk.pull()
    asked = [a.query["since"] for a in desk.server.asked]
    assert asked == ["20260101"] + ["20261120"] * 4 + ["20261127"], "a failed run moves nothing"
    assert desk.figures() == {"SY001": 6_000, "SY002": 6_000}


def test_an_empty_first_answer_is_not_believed_even_then(desk: Desk) -> None:
    desk.declare('[since]\nparameter = "since"\nfirst = 2026-01-01')
    desk.serves([])
    desk.pull()
    assert desk.run.code == "H-EMPTY" and desk.source.cursor is None


# --- formats, declarations, faults ----------------------------------------------------------------------------


def test_csv_and_workbooks_are_sources_too(desk: Desk) -> None:
    rows = [["项目编号", "截止日期", "jindu"], ["SY001", "2026-10-31", "41"]]
    desk.declare('[fields]\ncode = "项目编号"\nas_of = "截止日期"\nphysical_pct = "jindu"', format="xlsx")
    desk.server.routes["/projects"] = reply(workbook(rows))
    assert desk.pull().last.outcome == "ok" and desk.figures() == {"SY001": 4_100}
    desk.server.routes["/projects"] = reply(b"a,b\n1,2\n")
    desk.pull()
    assert desk.said()[:2] == ("H-TYPE", "应答是其他内容，不是 XLSX。")
    desk.declare(format="csv")
    desk.server.routes["/projects"] = reply(
        "项目编号,截止日期,形象进度（%）\nSY001,2026-10-31,42\n".encode("gb18030")
    )
    assert desk.pull().last.outcome == "ok" and desk.figures() == {"SY001": 4_200}
    desk.server.routes["/projects"] = reply("项目编号,截止日期,完成投资\nSY001,2026-10-31,42\n".encode())
    desk.pull()
    assert desk.run.code == "H-SCHEMA" and "形象进度" in desk.said()[1]
    for body in (b'{"code":500}', b"<html>"):
        desk.server.routes["/projects"] = reply(body)
        desk.pull()
        assert desk.run.code == "H-TYPE"


def test_a_source_of_several_cities_comes_through_its_mapping(desk: Desk, now: datetime) -> None:
    header = "CVE_CARTERA,NOMBRE_PPI,DESCRIPCION_UR,DESCRIPCION_RAMO,ID_ENTIDAD_FEDERATIVA,FECHA_INICIO_CAL_FF,FECHA_FIN_CAL_FF,MONTO_TOTAL_INVERSION,AVANCE_FISICO,APROBADO,MODIFICADO,EJERCIDO,ESTATUS_OPERACION"
    row = "'2109,Puente,UR,Ramo,15;21,01/01/2020,31/12/2026,1000.50,40,10,10,5,Vigente"
    desk.server.routes["/projects"] = reply(f"{header}\n{row}\n".encode())
    desk.declare(city=None, form=None, nation=True, mapping="mexico_opa", as_of="{month_end}", format="csv")
    found = desk.pull()
    assert found.last.outcome == "ok", desk.said()
    (kept,) = desk.submissions()
    assert (kept.form, kept.source, kept.form_version) == ("mexico_opa", NAME, "1@2026-10-31")


def test_a_declaration_that_can_no_longer_be_read_is_a_run(desk: Desk) -> None:
    desk.declare()
    with desk.db.rw.begin() as connection:
        connection.execute(sa.update(Source.__table__).values(declared="name = 3"))
    desk.pull()
    assert desk.said()[:2] == ("E-DECLARED", f"该数据源的登记不可用：{NAME}。")


def test_a_missing_secret_is_said_and_nothing_is_asked(desk: Desk) -> None:
    desk.declare('[auth]\nkind = "bearer"\ntoken = { env = "SOURCE_NOT_SET" }')
    desk.serves([record()])
    desk.pull()
    assert desk.said()[:2] == ("H-SECRET", "无法从 SOURCE_NOT_SET 读取该数据源的密钥。")
    assert desk.server.asked == []


def test_who_is_not_there_or_taken_is_none(desk: Desk, now: datetime) -> None:
    assert pull(desk.db, "nobody", now=now, net=NET) is None
    desk.declare()
    sources.claim(desk.db, [NAME], now)
    assert pull(desk.db, NAME, now=now, net=NET) is None


def test_a_fault_of_ours_is_a_run_that_says_so(desk: Desk, monkeypatch) -> None:
    desk.declare()
    desk.serves([record()])

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("collectors.pull.take_in", broken)
    assert desk.pull().last.outcome == "error"
    assert desk.said()[0] == "E-FAULT" and "ZeroDivisionError" in desk.said()[1]
    monkeypatch.undo()
    assert desk.pull().last.outcome == "ok"
