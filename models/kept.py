"""What was worked out once and holds for the next who asks the same: a bounded store in this process.

``Kept.get`` gives what is kept under a key or makes it, once even where many ask at the same time. Whatever decides
the answer belongs into the key: whose cities, which day, which state of it (``Day.edition``), which language. What
is kept is shared between readers: never change it. Refuses to guess when something is out of date: a key that no
longer holds is not asked for again and falls out as the oldest.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

Made = TypeVar("Made")


class Kept:
    """At most ``most`` answers, the least recently used falls out; ``seconds`` bounds an answer's life."""

    def __init__(self, most: int, seconds: float | None = None) -> None:
        self.most, self.seconds = most, seconds
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under ``key``, else what ``make`` gives; an exception of it is not kept."""
        kept = self._known(key)
        if kept is not None:
            return kept[1]
        with self._lock:
            mine = self._making.setdefault(key, Lock())
        with mine:
            kept = self._known(key)
            if kept is not None:
                return kept[1]
            try:
                made = make()
                self._keep(key, made)
                return made
            finally:
                with self._lock:
                    self._making.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._answers.clear()

    def _known(self, key: Hashable) -> tuple[float, Any] | None:
        with self._lock:
            kept = self._answers.get(key)
            if kept is None or (self.seconds is not None and time.monotonic() - kept[0] > self.seconds):
                return None
            self._answers.move_to_end(key)
            return kept

    def _keep(self, key: Hashable, made: Any) -> None:
        with self._lock:
            self._answers[key] = (time.monotonic(), made)
            self._answers.move_to_end(key)
            while len(self._answers) > self.most:
                self._answers.popitem(last=False)
