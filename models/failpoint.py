"""Named places where a test can kill this process: ``FAILPOINTS=after_claim:kill:0.02,before_mark:exit:1``.

Each entry is ``name:action:probability`` with action ``kill`` (SIGKILL) or ``exit``. Costs one dictionary
look-up where the variable is not set.
"""

import os
import random
import signal


def _parse(text: str) -> dict[str, tuple[str, float]]:
    points = {}
    for entry in filter(None, text.split(",")):
        name, action, chance = entry.split(":")
        points[name] = (action, float(chance))
    return points


_POINTS = _parse(os.environ.get("FAILPOINTS", ""))


def failpoint(name: str) -> None:
    """Die here, if the environment asks for it."""
    action, chance = _POINTS.get(name, ("", 0.0))
    if not action or random.random() >= chance:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)
