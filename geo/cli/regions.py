"""`regions`: load boundaries, list them, and publish a release located by them."""

from __future__ import annotations

from pathlib import Path

import click

from geo.cli.shell import Group, command, working, workspace
from geo.cli.tables import aligned
from geo.services.regions import BoundaryFile, apply_boundaries, boundary_sets, load_boundaries

LANGUAGES = ("en", "kk", "ru")


@click.group("regions", cls=Group)
def regions() -> None:
    """Load boundaries and apply them."""


@command("load", group=regions)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--country", required=True, help="ISO 3166-1 code of the country: KZ.")
@click.option("--level", required=True, type=click.IntRange(1, 2), help="1 for regions, 2 for districts.")
@click.option("--vintage", required=True, help="Name of this state of the boundaries, such as the year: 2022.")
@click.option("--code-column", required=True, help="Column of the code that identifies a unit.")
@click.option("--name-column", required=True, help="Column of the name.")
@click.option("--name-kk", help="Column of the name in Kazakh.")
@click.option("--name-ru", help="Column of the name in Russian.")
@click.option("--name-en", help="Column of the name in English, where --name-column holds another.")
@click.option("--parent-column", help="Level 2: column of the code of the region that holds the district.")
@click.option("--layer", help="Layer of the file, where it has several.")
def load(file: Path, *, country: str, level: int, vintage: str, layer: str | None, **columns: str | None) -> None:
    """Load boundaries from FILE: GeoJSON (also gzipped), GeoPackage, zipped shapefiles or GeoParquet.

    Faulty rings, overlaps and gaps are repaired and reported. No release changes until `regions apply`.
    """
    by_language = {language: columns[f"name_{language}"] for language in LANGUAGES}
    boundaries = BoundaryFile(
        path=file,
        country=country,
        level=level,
        code_column=str(columns["code_column"]),
        name_columns={"en": str(columns["name_column"]), **{language: name for language, name in by_language.items() if name}},
        vintage=vintage,
        layer=layer,
        parent_column=columns["parent_column"],
    )
    with working("reading") as progress:
        record = load_boundaries(workspace(), boundaries, progress=progress)
    click.echo(f"{record.unit_count} units of level {record.level} of {record.country}, vintage {record.vintage}, are loaded.")
    for line in report_lines(record.report):
        click.echo(f"  {line}")
    click.echo("No release has changed; `regions apply` publishes one located by them.")


def report_lines(report: dict[str, object], path: str = "") -> list[str]:
    """Facts of a report as `name: value` lines, nested names joined by a blank; lists are counted."""
    lines = []
    for name, value in report.items():
        label = f"{path} {name}".strip().replace("_", " ")
        if isinstance(value, dict):
            lines += report_lines(value, label)
        elif isinstance(value, list | tuple):
            lines.append(f"{label}: {len(value)}")
        elif isinstance(value, float):
            lines.append(f"{label}: {value:,.1f}" if abs(value) >= 1000 else f"{label}: {value:.3g}")
        else:
            lines.append(f"{label}: {value}")
    return lines


@command("list", group=regions)
def list_boundaries() -> None:
    """List the boundary sets that are loaded."""
    found = boundary_sets(workspace())
    rows = [(it.country, it.level, it.vintage, it.unit_count, ", ".join(it.languages), it.source_name, it.loaded_at) for it in found]
    headers = ("country", "level", "vintage", "units", "names in", "file", "loaded")
    click.echo(aligned(headers, rows) if rows else "No boundaries are loaded: every school is in no region.")


@command("apply", group=regions)
@click.option("--admin1", help="Vintage of level 1; without it the one loaded last.")
@click.option("--admin2", help="Vintage of level 2; without it the one loaded last.")
@click.option("--reason", default="", help="Kept in the release and the audit log.")
def apply(admin1: str | None, admin2: str | None, reason: str) -> None:
    """Publish a release in which every school is located anew."""
    vintages = {level: vintage for level, vintage in ((1, admin1), (2, admin2)) if vintage}
    with working("locating schools") as progress:
        record = apply_boundaries(workspace(), vintages=vintages, reason=reason, progress=progress)
    located = ", ".join(f"{level} {vintage}" for level, vintage in sorted(record.vintages.items()))
    click.echo(f"Release {record.id} is published, located by {located}.")
    click.echo(aligned(("counted", "schools"), [(name.replace("_", " "), count) for name, count in record.counts.items()]))
