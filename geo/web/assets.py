"""Style sheets, scripts and pictures from this origin, under addresses that name their content.

Our own files share one hash for the whole tree, so that modules and style sheets can name one another by relative addresses.
Leaflet and Swagger UI are served from the installed packages. Only files found when the tree was read are ever opened. What a page
with a map needs is joined into one script and one style sheet (`BUNDLES`), because each request costs a bad line a round trip.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import brotli  # type: ignore[import-untyped]
import swagger_ui_bundle
import xstatic.pkg.leaflet
from flask import Blueprint, Flask, Response, current_app, request

from geo.config import ROOT
from geo.errors import NotFound
from geo.web.script_bundle import bundled

HASH_CHARACTERS = 12
IMMUTABLE = "public, max-age=31536000, immutable"
COMPRESSED_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/manifest+json")
BROTLI_QUALITY = 9
VENDORED_SUFFIXES = (".js", ".css", ".png")
MIMETYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
OWN = ROOT / "static"
VENDORS: Mapping[str, Path] = {
    "leaflet": Path(xstatic.pkg.leaflet.BASE_DIR),
    "swagger-ui": Path(swagger_ui_bundle.swagger_ui_path),
}
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "map.js": ("vendor/leaflet/leaflet.js", "map.js"),
    "page.js": ("page.js",),
    "page.css": ("qosyl.css", "search.css"),
    "embed.css": ("vendor/leaflet/leaflet.css", "qosyl.css", "areas.css", "points.css", "embed.css"),
    "offline.js": ("vendor/leaflet/leaflet.js", "offline.js"),
    "compare.js": ("vendor/leaflet/leaflet.js", "compare.js"),
    "map.css": (
        "vendor/leaflet/leaflet.css",
        "qosyl.css",
        "search.css",
        "areas.css",
        "points.css",
        "time.css",
        "take_away.css",
        "print.css",
    ),
}
"""Joined files by name, each of the files it holds in order; our own scripts stand for all modules they import."""
EXTENSION = "qosyl_assets"
blueprint = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Tree:
    """Files of one directory and one hash over all of them.

    Parameters
    ----------
    files
        Path below the directory, with slashes, to the file.
    """

    digest: str
    files: Mapping[str, Path]
    stamp: tuple[tuple[str, int, int], ...]


def _listed(directory: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    paths = sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(directory).as_posix(): path for path in paths if not suffixes or path.suffix in suffixes}


def read_tree(directory: Path, suffixes: tuple[str, ...] = ()) -> Tree:
    """Read a directory; one that is missing has no files. Hidden files are left out."""
    files = _listed(directory, suffixes) if directory.is_dir() else {}
    total = hashlib.sha256()
    for name, path in files.items():
        total.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return Tree(total.hexdigest()[:HASH_CHARACTERS], files, _stamp(files))


def _stamp(files: Mapping[str, Path]) -> tuple[tuple[str, int, int], ...]:
    return tuple((name, status.st_mtime_ns, status.st_size) for name, path in files.items() for status in [path.stat()])


class Assets:
    """The trees of one application; in development our own tree is read again when a file changes."""

    def __init__(self, own: Path = OWN, *, watches: bool = False) -> None:
        self._own = read_tree(own)
        self._directory = own
        self._watches = watches
        self.vendors = {name: read_tree(directory, VENDORED_SUFFIXES) for name, directory in VENDORS.items()}

    @property
    def own(self) -> Tree:
        """Our own files."""
        if self._watches:
            files = _listed(self._directory, ()) if self._directory.is_dir() else {}
            if _stamp(files) != self._own.stamp:
                self._own = read_tree(self._directory)
        return self._own

    def url(self, name: str) -> str:
        """Address of one of our files ("qosyl.css") or of a vendored one ("vendor/leaflet/leaflet.js"), below the static root.

        Raises
        ------
        NotFound
            There is no such file.
        """
        if name.startswith("vendor/"):
            vendor, _, path = name.removeprefix("vendor/").partition("/")
            tree = self.vendors.get(vendor)
            if tree is not None and path in tree.files:
                return f"/static/vendor/{vendor}/{tree.digest}/{path}"
        elif name in self.own.files:
            return f"/static/{self.own.digest}/{name}"
        raise NotFound(f"there is no static file {name!r}")

    def bundle_url(self, name: str) -> str:
        """Address of a joined file of `BUNDLES`, below the static root."""
        return f"/static/bundle/{self.bundle_digest}/{name}"

    @property
    def bundle_digest(self) -> str:
        """Hash over everything that a joined file may hold."""
        digests = [self.own.digest, *(tree.digest for tree in self.vendors.values())]
        return hashlib.sha256("".join(digests).encode()).hexdigest()[:HASH_CHARACTERS]

    def bundle_text(self, name: str) -> str:
        """Text of a joined file.

        Raises
        ------
        NotFound
            There is no such file.
        """
        if name not in BUNDLES:
            raise NotFound("There is no such file.")
        return "".join(self._part(part) for part in BUNDLES[name])

    def _part(self, name: str) -> str:
        if name.startswith("vendor/"):
            vendor, _, path = name.removeprefix("vendor/").partition("/")
            text = self.vendors[vendor].files[path].read_text(encoding="utf-8")
            return _SOURCE_MAP.sub("", text) + "\n"  # the map of sources is not served
        if not name.endswith(".js"):
            return self.own.files[name].read_text(encoding="utf-8")
        return bundled(name, {path: file.read_text(encoding="utf-8") for path, file in self.own.files.items() if path.endswith(".js")})


def bundle_url(name: str) -> str:
    """Address of a joined file, named by content, for the current application; see `Assets.bundle_url`."""
    return request.script_root + _assets().bundle_url(name)


def asset_url(name: str) -> str:
    """Address of a static file, named by content, for the current application; see `Assets.url`."""
    return request.script_root + cast("Assets", current_app.extensions[EXTENSION]).url(name)


@lru_cache(maxsize=256)
def _encoded(path: Path, stamp: int, encoding: str) -> bytes:
    data = path.read_bytes()
    if encoding == "br":
        return cast("bytes", brotli.compress(data, quality=BROTLI_QUALITY))
    return gzip.compress(data, 9, mtime=0) if encoding == "gzip" else data


def _answer(tree: Tree, digest: str, name: str) -> Response:
    """One file; kept by caches for ever only under the hash of what is served."""
    path = tree.files.get(name)
    if path is None:
        raise NotFound("There is no such file.")
    mimetype = MIMETYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    encoding = _encoding() if mimetype.startswith(COMPRESSED_TYPES) else ""
    response = Response(_encoded(path, path.stat().st_mtime_ns, encoding), mimetype=mimetype)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = IMMUTABLE if digest == tree.digest else "no-cache"
    response.set_etag(f"{tree.digest}-{hashlib.sha256(name.encode()).hexdigest()[:8]}", weak=True)
    return response.make_conditional(request)  # type: ignore[return-value]


def _encoding() -> str:
    accepted = request.accept_encodings
    return next((name for name in ("br", "gzip") if accepted[name] > 0), "")


def _assets() -> Assets:
    return cast("Assets", current_app.extensions[EXTENSION])


@blueprint.get("/static/<digest>/<path:name>")
def static(digest: str, name: str) -> Response:
    """Serve one of our own files."""
    return _answer(_assets().own, digest, name)


@lru_cache(maxsize=32)
def _joined(assets: Assets, name: str, digest: str, encoding: str) -> bytes:
    """Bytes of a joined file; `digest` makes them anew when a file has changed."""
    data = assets.bundle_text(name).encode()
    if encoding == "br":
        return cast("bytes", brotli.compress(data, quality=BROTLI_QUALITY))
    return gzip.compress(data, 9, mtime=0) if encoding == "gzip" else data


@blueprint.get("/static/bundle/<digest>/<name>")
def bundle(digest: str, name: str) -> Response:
    """Serve a joined file."""
    assets = _assets()
    current, encoding = assets.bundle_digest, _encoding()
    response = Response(_joined(assets, name, current, encoding), mimetype=MIMETYPES[Path(name).suffix])
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = IMMUTABLE if digest == current else "no-cache"
    response.set_etag(f"{current}-{name}", weak=True)
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/static/vendor/<vendor>/<digest>/<path:name>")
def vendor(vendor: str, digest: str, name: str) -> Response:
    """Serve a file of an installed package."""
    tree = _assets().vendors.get(vendor)
    if tree is None:
        raise NotFound("There is no such file.")
    return _answer(tree, digest, name)


def register(app: Flask, *, watches: bool) -> None:
    """Serve static files from an application and let templates address them by `asset_url`."""
    app.extensions[EXTENSION] = Assets(watches=watches)
    app.jinja_env.globals.update(asset_url=asset_url, bundle_url=bundle_url)
    app.register_blueprint(blueprint)
