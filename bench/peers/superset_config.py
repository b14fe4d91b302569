"""Superset's settings for ``bench/superset.py``: those of production, and at its best on one machine.

Its home (``SUPERSET_HOME``) and its secret (``SUPERSET_SECRET_KEY``) it takes from the environment itself.
``DESK_ANSWERS=kept``: answers of charts and filters are kept on disk for a day, for all workers; anything else:
every chart asks the database.
"""

import os
from pathlib import Path

from superset.utils.log import StdOutEventLogger

_HOME = Path(os.environ["SUPERSET_HOME"])


def _kept(name: str) -> dict[str, object]:
    """A cache of files, which all workers share. It never drops one before its day is over."""
    folder = str(_HOME / "kept" / name)
    return {
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": folder,
        "CACHE_DEFAULT_TIMEOUT": 86_400,
        "CACHE_THRESHOLD": 0,
    }


CACHE_CONFIG = _kept("metadata")
FILTER_STATE_CACHE_CONFIG = _kept("filters")
EXPLORE_FORM_DATA_CACHE_CONFIG = _kept("forms")
if os.environ["DESK_ANSWERS"] == "kept":
    DATA_CACHE_CONFIG = _kept("answers")

#: An SQLite file is refused otherwise; ours is opened on the same machine, by the same user.
PREVENT_UNSAFE_DB_CONNECTIONS = False

#: By default each request of a dashboard is logged by a transaction of its own in the metadata; here by a line.
EVENT_LOGGER = StdOutEventLogger()
