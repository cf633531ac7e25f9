"""An application with one route and nothing around it: the fixed answer that `bench.bench_api` holds kept answers against."""

from __future__ import annotations

from flask import Flask, Response

BODY = b"x" * 1_000


def create_app() -> Flask:
    """An application that gives the same 1,000 bytes at /."""
    app = Flask("fixed_answer", static_folder=None)
    app.add_url_rule("/", "fixed", lambda: Response(BODY, content_type="application/octet-stream"))
    return app
