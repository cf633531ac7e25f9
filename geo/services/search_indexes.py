"""Search indexes of releases: mapped where they are made, made where they are not, never twice at once on a machine."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from geo.errors import NotReady, QosylError, StoreFull, StoreUnavailable
from geo.model import ReleaseRecord
from geo.search import SearchIndex, built_arrays, opened_index
from geo.services.opened import Memory, OpenedRelease
from geo.store import ReleaseFiles

LOGGER = logging.getLogger("qosyl.services")

KEPT = 4
"""Indexes that a worker keeps mapped; as many as releases."""
AT_ONCE = 20_000
"""Schools of the largest release whose index is made while its first reader waits: about a third of a second."""
PATIENCE_S = 2.0
"""How long a reader of a larger release waits before being told to try again."""

Places = Callable[[], Sequence[tuple[int, str]]]
"""Gives the number and a name of each place, for `geo.search.built_arrays`."""


class SearchIndexes:
    """The indexes that a process has mapped; safe to share between threads.

    `numbers` keeps, by id of a release, which places its schools' labels stand for.
    """

    def __init__(self, files: ReleaseFiles, *, at_once: int = AT_ONCE, patience_s: float = PATIENCE_S) -> None:
        self._files = files
        self._at_once = at_once
        self._patience_s = patience_s
        self._kept = Memory(KEPT)
        self.numbers = Memory(KEPT)
        self._lock = threading.Lock()
        self._making: dict[str, threading.Thread] = {}

    def get(self, opened: OpenedRelease, places: Places) -> SearchIndex:
        """The index of a release.

        Raises
        ------
        NotReady
            It is being made now and takes longer than a reader should wait.
        """
        return self._kept.get(opened.record.sha256, lambda: self._mapped(opened, places))

    def make(self, opened: OpenedRelease, places: Places) -> SearchIndex:
        """Make the index of a release unless it is made; in memory alone where nothing can be written."""
        record = opened.record
        try:
            self._files.make_search_arrays(record, lambda: built_arrays(opened.table, places()))
            arrays = self._files.search_arrays(record)
            if arrays is not None:
                return opened_index(arrays)
        except (StoreFull, StoreUnavailable) as error:
            LOGGER.warning("the search index of release %d stays in memory: %s", record.id, error)
        return opened_index(built_arrays(opened.table, places()))

    def _mapped(self, opened: OpenedRelease, places: Places) -> SearchIndex:
        arrays = self._files.search_arrays(opened.record)
        if arrays is not None:
            return opened_index(arrays)
        if opened.table.num_rows <= self._at_once:
            return self.make(opened, places)
        made: list[SearchIndex] = []
        self._maker(opened, places, made).join(self._patience_s)
        arrays = self._files.search_arrays(opened.record)
        if arrays is not None:
            return opened_index(arrays)
        if made:
            return made[0]
        raise _not_ready(opened.record)

    def _maker(self, opened: OpenedRelease, places: Places, made: list[SearchIndex]) -> threading.Thread:
        """The thread that makes an index, begun now unless there is one."""
        sha256 = opened.record.sha256

        def work() -> None:
            try:
                index = self.make(opened, places)
                made.append(index)
                self._kept.get(sha256, lambda: index)
            except QosylError as error:
                LOGGER.warning("the search index of release %d is not made: %s", opened.record.id, error)
            finally:
                with self._lock:
                    self._making.pop(sha256, None)

        with self._lock:
            thread = self._making.get(sha256)
            if thread is None:
                thread = threading.Thread(target=work, name="search index", daemon=True)
                self._making[sha256] = thread
                thread.start()
        return thread


def _not_ready(record: ReleaseRecord) -> NotReady:
    return NotReady(f"the search of release {record.id} is being made ready; try again in a few seconds")
