"""Templates: the current state as a workbook or CSV that can be handed in again as it stands.

``sheets.py`` writes one form, ``city.py`` the whole workbook of a city and period, ``current.py`` reads what is
stored, ``duty.py`` says which forms are owed.
"""

from collectors.template.city import CityBook, city_workbook, place_names, plan_book, versions
from collectors.template.current import current_rows
from collectors.template.duty import Duty, duties
from collectors.template.sheets import header, template_csv, template_xlsx

__all__ = [
    "CityBook",
    "Duty",
    "city_workbook",
    "current_rows",
    "duties",
    "header",
    "place_names",
    "plan_book",
    "template_csv",
    "template_xlsx",
    "versions",
]
