"""An application for a test: routes and templates of one that was made once, over a deployment of the test's own.

Making an application takes longer than most tests of it: it describes the API twice and compiles every template anew.
"""

from __future__ import annotations

import copy
import functools
import tempfile
from dataclasses import replace
from pathlib import Path

from flask import Flask

from app import create_app
from geo.config import Settings
from geo.services.workspace import open_workspace
from geo.web.answer_memory import AnswerMemory
from geo.web.caching import MEMORY
from geo.web.configuration import configure
from geo.web.current import WORKSPACE
from geo.web.recall import RECALL, Recall

SECRET_KEY = "a secret of the tests, long enough for any"
STANDARD = Settings(data_dir=Path(tempfile.gettempdir()) / "qosyl-no-data", secret_key=SECRET_KEY, load_demo=False, testing=True)
"""Settings that the shared application is made with: nothing is ever read from or written to its data directory."""


@functools.cache
def _made() -> Flask:
    return create_app(STANDARD)


def application(settings: Settings, made: Flask | None = None) -> Flask:
    """An application over a deployment, for the caller to close (`app.extensions[WORKSPACE].close()`).

    Where nothing but the deployment's place differs from `STANDARD`, it shares routes and templates with the others, so
    that no route can be added to it; counts of limits and kept answers begin anew. Otherwise it is made by `create_app`.
    With `made`, an application over `STANDARD` with routes of its own, it shares those.
    """
    if replace(settings, data_dir=STANDARD.data_dir, database_url=None) != STANDARD:
        return create_app(settings)
    made = made or _made()
    app = copy.copy(made)
    app.config = copy.copy(made.config)
    workspace = open_workspace(settings)
    app.extensions = {**made.extensions, WORKSPACE: workspace, MEMORY: AnswerMemory(), RECALL: Recall(workspace)}
    configure(app, settings)
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    app._got_first_request = True  # Flask then refuses to add routes or hooks, which all the others would share
    return app
