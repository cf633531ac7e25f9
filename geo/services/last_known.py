"""What the catalog said last, for readers: while it is locked or away they get the release that was current when it last answered."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

from geo.errors import StoreUnavailable

Answer = TypeVar("Answer")

PATIENCE_S = 1.0
"""How long a reader waits for a catalog that is locked, before what was known last is good enough; commits take milliseconds."""
PAUSE_S = 3.0
"""How long the catalog is not asked again after that, so that one reader in a while waits and not each."""
KEPT = 256


class LastKnown:
    """Answers of the catalog by key; asked for anew each time, and remembered for when it does not answer. Safe between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()
        self._paused_until = 0.0

    def get(self, key: Hashable, ask: Callable[[float | None], Answer]) -> Answer:
        """What the catalog answers now, or answered last.

        Parameters
        ----------
        ask
            Asks it, with so many seconds of patience; None is as long as anybody waits.

        Raises
        ------
        StoreUnavailable
            It does not answer, and never answered this before.
        """
        with self._lock:
            is_known = key in self._kept
            last = cast("Answer", self._kept.get(key))
            if is_known and time.monotonic() < self._paused_until:
                return last
        try:
            answer = ask(PATIENCE_S if is_known else None)
        except StoreUnavailable:
            if not is_known:
                raise
            with self._lock:
                self._paused_until = time.monotonic() + PAUSE_S
            return last
        with self._lock:
            self._kept[key] = answer
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return answer
