"""The fields of a plan in words: what each is called, and how a stored value of it is written."""

from models.words import Words, mark

_LABELS = {
    "name": mark("Project name"),
    "planned_start": mark("Planned start"),
    "planned_end": mark("Planned end"),
    "total_investment": mark("Total investment"),
    "reward": mark("Central reward approved"),
}
MONEY_FIELDS = ("total_investment", "reward")


def field_label(field: str, t: Words) -> str:
    """A plan field's name; curve points are named by their month."""
    if not field.startswith("curve:"):
        return t(_LABELS.get(field, field))
    _, month, what = field.split(":")
    said = t("planned progress") if what == "pct" else t("planned spending")
    return t("Curve {month}, {what}", month=month, what=said)


def written(field: str, value: str | None, t: Words, currency: str) -> str:
    """A stored value of a plan field as its readers write it."""
    if value is None:
        return "—"
    if field in MONEY_FIELDS or field.endswith(":spending"):
        return t.amount(int(value), currency)
    if field.endswith(":pct"):
        return t.percent(int(value), 2)
    return value
