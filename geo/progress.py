"""How far a piece of work has come: told where one step ends and the next begins, heard by whoever watches, ignored where nobody does.

Work never asks who watches. A watcher may stop the work by raising at such a boundary, where nothing is half done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from geo.model import ImportStep

Watcher = Callable[[ImportStep], None]

_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)

SHARE_DONE: Mapping[ImportStep, float] = {
    ImportStep.READING: 0.0,
    ImportStep.PARSING: 0.15,
    ImportStep.MATCHING: 0.4,
    ImportStep.MERGING: 0.5,
    ImportStep.PLACING: 0.6,
    ImportStep.IMPACT: 0.75,
    ImportStep.CHECKING: 0.85,
    ImportStep.WRITING: 0.95,
    ImportStep.PREPARING: 1.0,
    ImportStep.PUBLISHING: 1.0,
}
"""Share of the reading that is done when a step begins, from the times that the steps took with 200,000 rows."""


def entering(step: ImportStep) -> None:
    """Tell whoever watches that a step begins; what was before it is done."""
    watcher = _WATCHER.get()
    if watcher is not None:
        watcher(step)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Let a watcher hear of the steps of the work in this block and this thread, after whoever watches already."""
    outer = _WATCHER.get()

    def both(step: ImportStep) -> None:
        if outer is not None:
            outer(step)
        watcher(step)

    token = _WATCHER.set(both)
    try:
        yield
    finally:
        _WATCHER.reset(token)
