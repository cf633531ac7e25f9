"""`offline`: a view written to a file that opens without a network."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl

import click
from flask import Response, current_app

from geo.cli.shell import command

ENDPOINT = "pages.offline_zip"
ADDRESS = "/offline.zip"
LANGUAGES = ("kk", "ru", "en")


@command("offline")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--view", default="", help="Which schools and how, as in a page's address: 'release=3&norm=kz-2023&area_type=rural'.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the page that opens first.")
def offline(file: Path, view: str, lang: str) -> None:
    """Write a zip with map, table, definitions and data that opens from a disk by a double click on index.html."""
    query = [*((name, value) for name, value in parse_qsl(view, keep_blank_values=True) if name != "lang"), ("lang", lang)]
    with current_app.test_request_context(ADDRESS, base_url=f"http://{_host()}", query_string=dict(query)):
        made = cast(Response, current_app.view_functions[ENDPOINT]())
    file.write_bytes(made.get_data())
    click.echo(f"{file} is written: {len(made.get_data()):,} bytes. Unpack it and open index.html.")


def _host() -> str:
    """A host that the application trusts; the bundle names none."""
    trusted = current_app.config["TRUSTED_HOSTS"] or ["localhost"]
    return str(trusted[0]).lstrip(".")
