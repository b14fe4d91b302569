"""Projects and their reports as Django models: types, bounds, choices and the key as our form has them."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

STAGES = ["未开工", "新开工", "在建", "竣工", "投产", "达产"]


class Project(models.Model):
    code = models.CharField(max_length=64, unique=True)


def money() -> models.DecimalField:
    return models.DecimalField(
        max_digits=16, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )


class Report(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE)
    as_of = models.DateField(
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(settings.TODAY)]
    )
    physical = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    invested = money()
    month_invested = money()
    year_invested = money()
    annual_plan = money()
    issued = money()
    transferred = money()
    paid = money()
    spent = money()
    stage = models.CharField(max_length=16, blank=True, choices=[(name, name) for name in STAGES])
    narrative = models.CharField(max_length=2000, blank=True)
    problem = models.CharField(max_length=2000, blank=True)
    next_step = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "as_of"], name="one_report")]  # noqa: RUF012
