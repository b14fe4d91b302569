"""The API over real HTTP: every answer is one the OpenAPI file describes, and means what the page means."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import jsonschema
import pytest
import requests
import uvicorn
from openapi_spec_validator import validate
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.middleware import Middleware

from collectors.forms import FORMS
from collectors.template import template_csv, template_xlsx
from dashboard.api import Api, description
from dashboard.guard import Guard
from models import clock, tokens
from models.db import Database
from models.reports import Report, Submission
from models.sources import ApiToken
from models.tokens import Wanted
from models.words import words
from settings import Settings
from tests.builders import project
from tests.servers import free_port

CITY = "210100"
HEADER = "项目编号,截止日期,形象进度,支付,支出\n"
GOOD = HEADER + "SY001,2026-09-30,50,10,9\nSY002,2026-09-30,20,5,4\n"


@dataclass
class Caller:
    """A city's system: calls the API and holds every answer against the description."""

    address: str
    db: Database
    secret: str = ""

    def call(self, method: str, path: str, *, secret: str | None = None, **options) -> requests.Response:
        headers = options.pop("headers", {}) | {"authorization": f"Bearer {secret or self.secret}"}
        answer = requests.request(method, self.address + path, headers=headers, timeout=30, **options)
        _fits(method, path, answer)
        return answer

    def hand_in(self, body: bytes | str, **params) -> requests.Response:
        options = {name: params.pop(name) for name in ("secret", "headers") if name in params}
        content = body.encode() if isinstance(body, str) else body
        return self.call("POST", "/api/v1/submissions", params=params, data=content, **options)

    def token(self, *forms: str, city: str = CITY, days: int = 30, name: str = "erp") -> str:
        wanted = Wanted(name, city, forms or ("dispatch",), days)
        return tokens.create(self.db, wanted, by="admin@localhost", now=clock.now())


def _fits(method: str, path: str, answer: requests.Response) -> None:
    """Is this status described for this call, and the body of its shape?"""
    doc = description()
    route = "/api/v1/submissions/{id}" if path.startswith("/api/v1/submissions/") else path.split("?")[0]
    if route not in doc["paths"]:
        return
    described = doc["paths"][route][method.lower()]["responses"]
    assert str(answer.status_code) in described, (answer.status_code, answer.text[:300])
    schema = described[str(answer.status_code)]["content"]["application/json"]["schema"]
    within = schema | {"components": doc["components"]}  # where its references point
    jsonschema.Draft202012Validator(within).validate(answer.json())


@pytest.fixture
def served(db: Database) -> Iterator[Caller]:
    """The guard and the API on a real port, over each engine."""
    for code, city in (("SY001", CITY), ("SY002", CITY), ("DL001", "210200")):
        project(db, code, clock.now() - timedelta(days=300), city=city)
    url = db.ro.url.render_as_string(hide_password=False)
    settings = Settings(_env_file=None, database_url=url, upload_max_mb=1, api_calls_per_minute=40)
    app = Starlette(
        routes=Api(db, settings).routes(), middleware=[Middleware(Guard, find=lambda secret: None)]
    )
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    caller = Caller(f"http://127.0.0.1:{port}", db)
    caller.secret = caller.token()
    yield caller
    server.should_exit = True
    thread.join(10)


def reports(db: Database) -> dict[str, int]:
    with Session(db.ro) as session:
        rows = session.exec(select(Report).where(Report.superseded_at.is_(None)))
        return {row.project: row.physical_bp for row in rows}


def test_the_description_is_valid_and_served_as_it_is(served):
    validate(description())
    answer = requests.get(served.address + "/api/v1/openapi.json", timeout=10)
    assert answer.json() == description()


def test_a_report_is_looked_at_stored_and_found_again(served):
    seen = served.hand_in(GOOD, dry_run="true")
    assert (seen.status_code, seen.json()["new"], seen.json()["submission"]) == (200, 2, None)
    assert reports(served.db) == {}
    done = served.hand_in(GOOD, base=seen.json()["base"], file_name="九月.csv", comment="已核")
    assert (done.status_code, done.json()["committed"], done.json()["new"]) == (201, True, 2)
    assert reports(served.db) == {"SY001": 5000, "SY002": 2000}
    again = served.hand_in(GOOD)
    assert (again.status_code, again.json()["duplicate_of"]["submission"]) == (200, done.json()["submission"])
    kept = served.call("GET", f"/api/v1/submissions/{done.json()['submission']}").json()
    assert (kept["file_name"], kept["comment"], kept["door"], kept["by"]) == (
        "九月.csv",
        "已核",
        "push",
        "token:erp",
    )


def test_somebody_quicker_is_a_conflict(served):
    base = served.hand_in(GOOD, dry_run="true").json()["base"]
    served.hand_in(HEADER + "SY001,2026-09-30,60,10,9\n")
    answer = served.hand_in(GOOD, base=base)
    assert answer.status_code == 409 and answer.json()["problems"][0]["code"] == "E-STALE"
    assert reports(served.db) == {"SY001": 6000}


def test_a_bad_report_is_refused_with_its_problems(served):
    answer = served.hand_in(GOOD.replace("50,10", "150,10"))
    problem = answer.json()["problems"][0]
    assert (answer.status_code, problem["code"], problem["row"]) == (422, "E-C77", 2)
    assert reports(served.db) == {} and problem["message_zh"] != problem["message_en"]
    partly = served.hand_in(GOOD.replace("50,10", "150,10"), partial="true")
    assert (partly.status_code, partly.json()["rejected"]) == (201, 1) and partly.json()["draft"]


def test_a_correction_needs_its_reason(served):
    served.hand_in(GOOD)
    text = GOOD.replace("50,10", "51,10")
    assert served.hand_in(text).json()["problems"][0]["code"] == "E-B123"
    assert served.hand_in(text, reason="漏报").status_code == 201


@pytest.mark.parametrize("records", [None, "data.list"])
def test_json_is_a_report_like_any_other(served, records):
    rows = [
        {"项目编号": "SY001", "截止日期": "2026-09-30", "形象进度": 50},
        {"项目编号": "SY002", "截止日期": "2026-09-30", "形象进度": "20.5"},
    ]
    body = json.dumps(rows if records is None else {"data": {"list": rows}}, ensure_ascii=False)
    params = {} if records is None else {"records": records}
    answer = served.hand_in(body, headers={"content-type": "application/json"}, **params)
    assert answer.status_code == 201, answer.text
    assert reports(served.db) == {"SY001": 5000, "SY002": 2050}


def test_a_workbook_of_our_own_comes_in(served):
    served.hand_in(GOOD)
    form = FORMS["dispatch"]
    empty = template_xlsx(form, words("zh_CN"))
    assert served.hand_in(empty).json()["problems"][0]["code"] == "E-F02"
    assert served.hand_in(template_csv(form, words("en"))).status_code == 422


def test_who_has_no_token_is_told_nothing(served):
    for secret in ("", "pd_wrong", "x"):
        answer = requests.post(
            served.address + "/api/v1/submissions",
            headers={"authorization": f"Bearer {secret}"},
            data=b"x",
            timeout=10,
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "A-TOKEN")
    assert requests.get(served.address + "/api/v1/forms", timeout=10).status_code == 401
    assert requests.get(served.address + "/api/v1/nothing", timeout=10).json()["code"] == "A-PATH"


def test_a_token_ends_and_is_revoked(served):
    over = served.token(days=-1)
    assert served.hand_in(GOOD, secret=over).status_code == 401
    other = served.token(name="oa")
    assert served.hand_in(GOOD, secret=other, dry_run="true").status_code == 200
    assert tokens.revoke(served.db, "oa", by="a@localhost", now=clock.now()) == 1
    assert served.hand_in(GOOD, secret=other).status_code == 401


def test_a_token_reaches_its_city_and_forms_only(served):
    foreign = served.hand_in(HEADER + "DL001,2026-09-30,5,1,1\n")
    assert (foreign.status_code, foreign.json()["problems"][0]["code"]) == (422, "E-B102")
    assert served.hand_in(GOOD, form="projects").json()["code"] == "A-FORM"
    both = served.token("dispatch", "funds")
    assert served.hand_in(GOOD, secret=both).json()["code"] == "A-FORM"
    assert served.hand_in(GOOD, secret=both, form="dispatch").status_code == 201
    dalian = served.token(city="210200")
    with Session(served.db.ro) as session:
        submission = session.exec(select(Submission.id).where(Submission.form == "dispatch")).first()
    assert served.call("GET", f"/api/v1/submissions/{submission}", secret=dalian).status_code == 404
    funds = served.token("funds")
    assert served.call("GET", f"/api/v1/submissions/{submission}", secret=funds).status_code == 404


def test_a_report_of_another_period_than_the_call_names_is_refused(served):
    answer = served.hand_in(GOOD, period="2026-10")
    (problem,) = [one for one in answer.json()["problems"] if one["level"] == "error"]
    assert answer.status_code == 422
    assert (problem["code"], problem["found"], problem["expected"]) == ("E-B109", "2026-09-30", "2026-10")
    assert served.hand_in(GOOD, period="2026-09-28/2026-09-30").status_code == 201


@pytest.mark.parametrize(
    "params",
    [{"dry_run": "yes"}, {"as_of": "31/10/2026"}, {"period": "2026-13"}, {"fly": "1"}, {"partial": "1"}],
)
def test_a_parameter_that_makes_no_sense_is_refused(served, params):
    assert served.hand_in(GOOD, **params).json()["code"] == "A-PARAM"
    assert reports(served.db) == {}


def test_a_body_too_large_or_none_is_refused(served):
    assert served.hand_in(b"").json()["code"] == "A-EMPTY"
    assert served.hand_in(HEADER + "x" * 1_000_001).json()["code"] == "A-SIZE"


def test_too_many_calls_are_asked_to_wait(served):
    answers = [served.call("GET", "/api/v1/forms").status_code for _ in range(43)]
    assert answers[0] == 200 and answers[-1] == 429 and answers.count(200) == 40


def test_the_forms_name_their_columns(served):
    form = served.call("GET", "/api/v1/forms").json()["forms"][0]
    assert form["form"] == "dispatch"
    columns = {column["name"]: column for column in form["columns"]}
    assert (
        columns["invested"]["unit"] == "10k yuan" and columns["stage"]["values"]["continuing"] == "Continuing"
    )
    assert "last_narrative" not in columns


def test_only_the_hash_of_a_token_is_stored(served):
    with Session(served.db.ro) as session:
        stored = session.exec(select(ApiToken)).all()
    assert all(served.secret not in str(row.model_dump()) for row in stored)
    assert served.secret.startswith(tokens.PREFIX)


def test_two_calls_at_once_store_one_report(served):
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(served.hand_in(GOOD).status_code)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] * 7 + [201]
