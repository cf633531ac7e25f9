"""Static files come from this origin under addresses that name their content."""

from __future__ import annotations

import pytest
from flask import Flask

from geo.errors import NotFound
from geo.web.assets import Assets, asset_url, read_tree


@pytest.fixture
def address(app: Flask):
    """Address of a static file, as templates ask for it."""

    def of(name: str) -> str:
        with app.test_request_context():
            return asset_url(name)

    return of


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [
        ("api-docs.css", "text/css"),
        ("api-docs.js", "text/javascript"),
        ("vendor/leaflet/leaflet.js", "text/javascript"),
        ("vendor/leaflet/leaflet.css", "text/css"),
        ("vendor/leaflet/images/layers.png", "image/png"),
        ("vendor/swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    ],
)
def test_file_is_served_for_ever_under_its_own_address(client, address, name, mimetype):
    response = client.get(address(name))

    assert response.status_code == 200
    assert response.mimetype == mimetype
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_file_under_an_old_address_is_not_kept(client):
    response = client.get("/static/000000000000/api-docs.css")

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


def test_file_that_is_known_is_304(client, address):
    path = address("api-docs.css")
    tag = client.get(path).headers["ETag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_scripts_are_compressed(client, address):
    response = client.get(address("vendor/leaflet/leaflet.js"), headers={"Accept-Encoding": "br"})

    assert response.headers["Content-Encoding"] == "br"
    assert len(response.data) < 45_000


@pytest.mark.parametrize(
    "path",
    [
        "/static/0/../../app.py",
        "/static/0/..%2f..%2fapp.py",
        "/static/0/%2e%2e/%2e%2e/app.py",
        "/static/0//etc/passwd",
        "/static/vendor/leaflet/0/../../../app.py",
        "/static/vendor/nothing/0/a.js",
        "/static/0/.hidden",
        "/static/0/api-docs.css%00.js",
    ],
)
def test_nothing_outside_the_trees_is_served(client, path):
    assert client.get(path, follow_redirects=True).status_code == 404


def test_source_maps_of_packages_are_not_served(client, address):
    assert client.get(address("vendor/leaflet/leaflet.js") + ".map").status_code == 404


def test_name_of_no_file_is_an_error_in_the_template_that_uses_it(address):
    with pytest.raises(NotFound, match=r"nothing\.css"):
        address("nothing.css")


def test_address_changes_with_any_file_of_the_tree(tmp_path):
    (tmp_path / "a.js").write_text('import "./b.js";')
    (tmp_path / "b.js").write_text("1")
    before = read_tree(tmp_path).digest

    (tmp_path / "b.js").write_text("2")

    assert read_tree(tmp_path).digest != before


def test_changed_file_is_noticed_while_developing(tmp_path):
    (tmp_path / "a.css").write_text("a{}")
    assets = Assets(tmp_path, watches=True)
    before = assets.url("a.css")

    (tmp_path / "a.css").write_text("a{color:red}")

    assert assets.url("a.css") != before


def test_tree_that_is_not_there_has_no_files(tmp_path):
    assert read_tree(tmp_path / "nothing").files == {}
