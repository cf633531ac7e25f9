"""Threads of a web process for jobs that no worker process takes; they are there only while there is something to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from enum import Enum

LOGGER = logging.getLogger("qosyl.services")

THREADS = 2
"""Jobs at once in one process; more would only take turns on the same cores."""
WAIT_S = 1.0
"""How often jobs that somebody else holds are looked at again."""
STOP_S = 3.0


class Found(Enum):
    """What a look for work found."""

    WORK = "work"
    """A job, and it is done."""
    OTHERS_WORK = "others work"
    """Unfinished jobs that others hold; one of them may yet have to be taken over."""
    NOTHING = "nothing"


class Background:
    """A few threads that look for work until there is none; safe to ask from any thread."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._wake = threading.Condition(self._lock)
        self._asked = 0

    def ensure(self, work: Callable[[], Found]) -> None:
        """See to it that somebody looks for work after this moment."""
        with self._lock:
            self._asked += 1
            self._wake.notify_all()
            if len(self._threads) < THREADS and not self.stopping.is_set():
                thread = threading.Thread(target=self._run, args=(work,), name="jobs", daemon=True)
                self._threads.add(thread)
                thread.start()

    def stop(self) -> None:
        """Tell the threads to stop at the next step of their work, and wait a little for them."""
        self.stopping.set()
        with self._lock:
            self._wake.notify_all()
            threads = tuple(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(STOP_S)

    def _run(self, work: Callable[[], Found]) -> None:
        while not self.stopping.is_set():
            asked = self._asked
            found = _looked(work)
            if found is Found.WORK:
                continue
            with self._lock:
                if asked != self._asked:
                    continue
                if found is Found.NOTHING:  # under the lock: whoever asks after this starts a thread
                    self._threads.discard(threading.current_thread())
                    return
                self._wake.wait(WAIT_S)


def _looked(work: Callable[[], Found]) -> Found:
    """What a look found; a store that cannot be used now may be usable later."""
    try:
        return work()
    except Exception:
        LOGGER.exception("looking for jobs failed")
        return Found.OTHERS_WORK
