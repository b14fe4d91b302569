"""Which version of the thresholds is in force where, since when, and who said so. Append-only.

The texts themselves are ``models.alerts.Policy``. What the rows mean is decided in ``alerts/in_force.py``.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.db import coded
from models.places import STRICT
from models.vocabulary import PolicyScope


class PolicyInForce(SQLModel, table=True):
    """From ``from_at`` on a policy is in force for a scope, until the scope's next row.

    ``place`` is the nation's, a province-level unit's or a city's code, or a programme's. ``policy`` None: the
    scope has none of its own from here on and follows the next wider one.
    """

    __table_args__ = (sa.Index("policy_in_force_from", "from_at"), STRICT)
    scope: PolicyScope = Field(primary_key=True, sa_type=coded(PolicyScope))
    place: str = Field(primary_key=True, max_length=32)
    seq: int = Field(primary_key=True)
    policy: int | None = Field(default=None, foreign_key="policy.version")
    from_at: datetime
    set_by: str = Field(max_length=254)
    reason: str
