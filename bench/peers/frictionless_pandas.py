"""What a user of Python would pick: frictionless checks the file, pandas reads it and stores it by ``to_sql``.

Runs in the peers' environment. ``validate FILE PROJECTS TODAY`` tells what is wrong as JSON; ``time FILE PROJECTS
TODAY DATABASE`` tells the seconds of checking and of storing, imports not counted. The schema says what our form says, as far as a Table
Schema can: types, bounds, lists, lengths, required cells, the key, and the projects as a foreign key.
"""

import json
import sys
import time
from datetime import date

import pandas as pd
import sqlalchemy as sa
from frictionless import Package, Resource, Schema, system

STAGES = {
    "未开工": "not_started",
    "新开工": "new_start",
    "在建": "continuing",
    "竣工": "completed",
    "投产": "in_production",
    "达产": "full_output",
}
MONEY = {"annual_plan": "年度计划投资（万元）", "invested": "累计完成投资（万元）", "issued": "下达（万元）"}
MONEY |= {"month_invested": "本月完成投资（万元）", "year_invested": "年初累计完成投资（万元）"}
MONEY |= {"transferred": "拨付（万元）", "paid": "支付（万元）", "spent": "支出（万元）"}
TEXTS = {"narrative": "进展情况", "problem": "存在问题", "next_step": "下步措施"}
NAMES = {"project": "项目编号", "as_of": "截止日期", "physical": "形象进度（%）"} | MONEY
NAMES |= {"stage": "建设阶段"} | TEXTS
ORDER = [
    *("project", "as_of", "physical", "invested", "month_invested", "year_invested", "annual_plan"),
    *("issued", "transferred", "paid", "spent", "stage", "narrative", "problem", "next_step"),
]
FEN_PER_WAN = 1_000_000


def field(name: str, kind: str, **constraints: object) -> dict:
    return {"name": NAMES[name], "type": kind, "constraints": constraints}


def schema(today: date) -> Schema:
    """Our dispatch form as a Table Schema."""
    special = {
        "project": field("project", "string", required=True, maxLength=64),
        "as_of": field("as_of", "date", required=True, minimum="2000-01-01", maximum=today.isoformat()),
        "physical": field("physical", "number", minimum=0, maximum=100),
        "stage": field("stage", "string", enum=list(STAGES)),
    }
    special |= {name: field(name, "number", minimum=0, maximum=10**10) for name in MONEY}
    special |= {name: field(name, "string", maxLength=2000) for name in TEXTS}
    return Schema.from_descriptor(
        {
            "fields": [special[name] for name in ORDER],
            "primaryKey": [NAMES["project"], NAMES["as_of"]],
            "foreignKeys": [
                {"fields": [NAMES["project"]], "reference": {"resource": "projects", "fields": ["code"]}}
            ],
        }
    )


def validated(file: str, projects: str, today: date) -> list[dict]:
    """The errors of the file: row, column, what is said."""
    known = Schema.from_descriptor({"fields": [{"name": "code", "type": "string"}]})
    package = Package(
        resources=[
            Resource(name="dispatch", path=file, schema=schema(today), encoding="utf-8-sig"),
            Resource(name="projects", path=projects, schema=known),
        ]
    )
    with system.use_context(trusted=True):
        report = package.validate(limit_rows=None)
    return [
        {
            "row": getattr(error, "row_number", None),
            "column": getattr(error, "field_name", None),
            "message": f"{error.title}: {error.message}",
            "code": error.type,
        }
        for task in report.tasks
        for error in task.errors
    ] + [{"row": None, "column": None, "message": e.message, "code": e.type} for e in report.errors]


def stored(file: str, database: str) -> int:
    """The rows, in the columns and units of our table, appended with its key declared."""
    frame = pd.read_csv(
        file,
        encoding="utf-8-sig",
        dtype={NAMES["project"]: "string"},
        parse_dates=[NAMES["as_of"]],
    ).rename(columns={label: name for name, label in NAMES.items()})
    for name in MONEY:
        frame[name] = (frame[name] * FEN_PER_WAN).round().astype("int64")
    frame["physical_bp"] = (frame.pop("physical") * 100).round().astype("int64")
    frame["stage"] = frame["stage"].map(STAGES)
    frame["as_of"] = frame["as_of"].dt.date
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(sa.text(TABLE))
        frame.to_sql("report", connection, if_exists="append", index=False, chunksize=10_000)
    with engine.connect() as connection:
        return connection.execute(sa.text("select count(*) from report")).scalar()


TABLE = f"""create table report (
    project text not null, as_of date not null, physical_bp integer,
    {", ".join(f"{name} integer" for name in MONEY)},
    stage text, narrative text, problem text, next_step text, primary key (project, as_of))"""


def main() -> None:
    action, file, projects, today, *rest = sys.argv[1:]
    began = time.perf_counter()
    errors = validated(file, projects, date.fromisoformat(today))
    if action == "validate":
        print(json.dumps({"errors": errors}, ensure_ascii=False))
        return
    if errors:
        sys.exit(f"the good file was refused: {errors[:3]}")
    checked = time.perf_counter()
    rows = stored(file, rest[0])
    print(json.dumps({"rows": rows, "check": checked - began, "store": time.perf_counter() - checked}))


if __name__ == "__main__":
    main()
