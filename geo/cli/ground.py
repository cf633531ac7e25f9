"""`ground`: load lakes, rivers, roads and places to draw under the map, list them, and remove them."""

from __future__ import annotations

from pathlib import Path

import click

from geo.cli.shell import Group, command, working, workspace
from geo.cli.tables import aligned
from geo.model import GroundKind
from geo.services.ground import GroundFile, ground_layers, load_ground, remove_ground

LANGUAGES = ("en", "kk", "ru")


@click.group("ground", cls=Group)
def ground() -> None:
    """Load ground to draw under the map."""


@command("load", group=ground)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in GroundKind]), help="What the file holds.")
@click.option("--source", required=True, help="Whose data these are; shown on the map.")
@click.option("--licence", required=True, help="Their licence, such as CC BY 4.0; shown on the map.")
@click.option("--name-column", help="Column of the name; places need one.")
@click.option("--name-kk", help="Column of the name in Kazakh.")
@click.option("--name-ru", help="Column of the name in Russian.")
@click.option("--name-en", help="Column of the name in English, where --name-column holds another.")
@click.option("--size-column", help="Column of numbers, such as inhabitants: larger ones are named first.")
@click.option("--layer", help="Layer of the file, where it has several.")
def load(file: Path, *, kind: str, source: str, licence: str, layer: str | None, size_column: str | None, **names: str | None) -> None:
    """Load ground from FILE: GeoJSON (also gzipped), GeoPackage, zipped shapefiles or GeoParquet.

    What lies far outside the country is left out; lines are simplified to half a kilometre.
    """
    given = {"en": names["name_column"], **{language: names[f"name_{language}"] for language in LANGUAGES if names[f"name_{language}"]}}
    columns = {language: column for language, column in given.items() if column}
    with working("reading"):
        loaded = load_ground(workspace(), GroundFile(file, GroundKind(kind), source, licence, layer, columns, size_column))
    click.echo(f"{loaded.features} {loaded.kind} with {loaded.vertices} vertices are loaded as {loaded.name}.")
    click.echo("They show on every map now; `ground remove` takes them away.")


@command("list", group=ground)
def list_ground() -> None:
    """List the ground that is loaded."""
    rows = [(it.name, it.kind.value, it.features, it.vertices, it.source, it.licence, it.file_name) for it in ground_layers(workspace())]
    headers = ("name", "kind", "features", "vertices", "source", "licence", "file")
    click.echo(aligned(headers, rows) if rows else "No ground is loaded: the map shows regions and schools alone.")


@command("remove", group=ground)
@click.argument("name")
def remove(name: str) -> None:
    """Remove the ground called NAME, as `ground list` shows it."""
    remove_ground(workspace(), name)
    click.echo(f"{name} is removed.")
