"""What a user of Django would pick: django-import-export with a ``ModelResource`` and bulk mode, on SQLite.

Runs in the peers' environment. ``validate FILE PROJECTS TODAY`` tells what is wrong as JSON; ``time FILE
PROJECTS TODAY DATABASE HOW`` tells the seconds, imports not counted. Whatever HOW: ``use_bulk``, ``batch_size``,
and what its documentation advises for speed (``skip_diff``, the projects held in memory). ``keyed``: each row's
stored one is found by its key, models are cleaned. ``unbounded``: the same, but models are not cleaned, so no
bound, list or length is looked at. ``new``: models are cleaned, but ``force_init_instance`` gives up finding
stored rows. ``unchecked``: neither.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

import django
from django.conf import settings

ACTION, FILE, PROJECTS, TODAY, *REST = sys.argv[1:]
DATABASE, HOW = REST or (":memory:", "keyed")
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "import_export", "dispatch"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    TODAY=date.fromisoformat(TODAY),
    USE_I18N=False,
)
django.setup()

from dispatch.models import Project, Report  # noqa: E402
from django.db import connection, models  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402
from import_export.formats.base_formats import CSV  # noqa: E402

COLUMNS = {
    "physical": "形象进度（%）",
    "invested": "累计完成投资（万元）",
    "month_invested": "本月完成投资（万元）",
    "year_invested": "年初累计完成投资（万元）",
    "annual_plan": "年度计划投资（万元）",
    "issued": "下达（万元）",
    "transferred": "拨付（万元）",
    "paid": "支付（万元）",
    "spent": "支出（万元）",
    "stage": "建设阶段",
    "narrative": "进展情况",
    "problem": "存在问题",
    "next_step": "下步措施",
}
LABELS = {"project": "项目编号", "as_of": "截止日期"} | COLUMNS


def widget(name: str) -> widgets.Widget:
    if isinstance(Report._meta.get_field(name), models.DecimalField):
        return widgets.DecimalWidget()
    return widgets.CharWidget()


class ReportResource(resources.ModelResource):
    project = fields.Field("project", LABELS["project"], widgets.CachedForeignKeyWidget(Project, "code"))
    as_of = fields.Field("as_of", LABELS["as_of"], widgets.DateWidget("%Y-%m-%d"))

    class Meta:
        model = Report
        import_id_fields = ("project", "as_of")
        fields = ("project", "as_of", *COLUMNS)
        use_bulk = True
        batch_size = 1000
        clean_model_instances = HOW in ("keyed", "new")
        skip_diff = True
        force_init_instance = HOW in ("new", "unchecked")


for name, label in COLUMNS.items():
    ReportResource.fields[name] = fields.Field(name, label, widget(name))


def prepared() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Project)
        editor.create_model(Report)
    codes = Path(PROJECTS).read_text(encoding="utf-8").split()[1:]
    Project.objects.bulk_create([Project(code=code) for code in codes], batch_size=5_000)


def found(result) -> list[dict]:
    """What is said of each row: the column where the error has one."""
    errors = [row(None, None, error.error) for error in result.base_errors]
    for number, raised in result.row_errors():
        errors += [row(number, None, error.error) for error in raised]
    for invalid in result.invalid_rows:
        for name, messages in invalid.error_dict.items():
            errors += [row(invalid.number, LABELS.get(name), message) for message in messages]
    return errors


def row(number: int | None, column: str | None, error: object) -> dict:
    counted = None if number is None else number + 1  # its row 1 is the first below the header
    return {"row": counted, "column": column, "message": str(error), "code": type(error).__name__}


def main() -> None:
    prepared()
    content = Path(FILE).read_bytes()
    began = time.perf_counter()
    try:
        dataset = CSV(encoding="utf-8-sig").create_dataset(content)
    except Exception as error:  # what the file format says of the file as a whole
        print(json.dumps({"errors": [row(None, None, f"{type(error).__name__}: {error}")], "whole": True}))
        return
    result = ReportResource().import_data(dataset, dry_run=ACTION == "validate")
    spent = time.perf_counter() - began
    errors = found(result)
    if ACTION == "validate":
        print(json.dumps({"errors": errors}, ensure_ascii=False))
        return
    if errors or Report.objects.count() != len(dataset):
        sys.exit(f"the good file was not taken: {errors[:3]}")
    print(json.dumps({"rows": len(dataset), "seconds": spent}))


if __name__ == "__main__":
    main()
