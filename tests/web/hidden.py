"""A deployment of schools that are easy to tell by their exact data, served with less of it: what tests look for in answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from flask import Flask

from geo.config import PublicDetail, Settings
from geo.model import ReleaseKind
from geo.services.publishing import Draft, composed, current_release, publish
from tests.application import SECRET_KEY, application
from tests.builders import make_facts_table, make_school
from tests.services.builders import load_districts, load_regions
from tests.set_up import set_up

COUNT = 240
FEW = 3
"""Schools of the smallest district, of the smallest area type and of the rarest status."""


def schools(changed: str = "") -> list[dict[str, object]]:
    """Schools with positions of seven decimals, and names, ids and figures that occur nowhere else; `changed` ends their names."""
    random = np.random.default_rng(29)
    made = []
    for number in range(COUNT):
        east, north = (0.1, 0.9) if number >= FEW else (0.05, 0.06)
        connectivity = "unknown" if number % 80 == 5 else "no" if number % 6 == 0 else "yes"
        made.append(
            make_school(
                f"QX{number:04}Z",
                school_id_giga=f"9f8e7d6c-{number:04}-4a5b-8c7d-0123456789ab",
                school_id_govt=f"QX{number:04}Z",
                school_name=f"Zhasyryn Lyceum {number:04}{changed}",
                latitude=round(50 + float(random.uniform(east, north)), 7),
                longitude=round(10 + float(random.uniform(east, 2 * north)), 7),
                school_area_type="unknown" if number in (30, 90, 151) else "rural" if number % 3 else "urban",
                education_level="Primary",
                num_students=7001 + 11 * number,
                connectivity=connectivity,
                download_speed_declared_mbps=(30.0 if number % 4 else 900.0) + number / 1000 if connectivity == "yes" else None,
                fiber_node_distance_km=70 + number / 1000,
                school_source=f"Letter of Zhasyryn Lyceum {number:04}",
            )
        )
    return made


def serve(directory: Path, detail: PublicDetail) -> Flask:
    """An application with two releases of these schools, in two regions of four districts, for the caller to close."""
    settings = Settings(
        data_dir=set_up(directory / "data"),
        secret_key=SECRET_KEY,
        rate_limit_uploads="",
        load_demo=False,
        testing=True,
        public_detail=detail,
    )
    app = application(settings)
    workspace = app.extensions["qosyl"]
    boundaries = {"admin1": load_regions(workspace, directory).id, "admin2": load_districts(workspace, directory).id}
    for changed in ("", "B"):
        draft = Draft(current_release(workspace), ReleaseKind.IMPORT, boundaries, "after the letter of Zhasyryn Lyceum 0007", None)
        publish(workspace, draft, composed(workspace, make_facts_table(*schools(changed)), boundaries))
    return app
