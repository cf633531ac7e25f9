"""Modules joined into one classic script do what they did as modules, and what cannot be joined is refused."""

from __future__ import annotations

import pytest

from geo.config import ROOT
from geo.web.script_bundle import bundled


@pytest.mark.parametrize(
    ("modules", "says"),
    [
        ({"a.js": 'import { b } from "./b.js";', "b.js": 'import { a } from "./a.js";'}, "circle: a.js → b.js → a.js"),
        ({"a.js": 'import { b } from "./b.js";'}, "no module 'b.js', which a.js asks for"),
        ({"a.js": 'import b from "./b.js";', "b.js": ""}, "cannot join 'import b from"),
        ({"a.js": "export default 1;"}, "cannot join 'export default 1;'"),
    ],
)
def test_what_cannot_be_joined_is_refused(modules: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        bundled("a.js", modules)


def test_every_entry_of_ours_can_be_joined() -> None:
    own = {path.relative_to(ROOT / "static").as_posix(): path.read_text(encoding="utf-8") for path in (ROOT / "static").rglob("*.js")}

    assert "class SchoolMap" in bundled("map.js", own)


def test_joined_files_of_a_map_are_served_for_ever_under_their_own_address(client, app) -> None:
    with app.test_request_context():
        addresses = {name: app.jinja_env.globals["bundle_url"](name) for name in ("map.js", "map.css")}

    for name, address in addresses.items():
        response = client.get(address)
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert ("class SchoolMap" if name.endswith("js") else ".leaflet-container") in response.text
    assert client.get("/static/bundle/000000000000/map.js").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/bundle/000000000000/other.js").status_code == 404
