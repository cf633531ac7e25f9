"""GET /api/v1/releases/{id}/file: the release file itself, byte for byte, so that cited figures can be counted again from it anywhere."""

from __future__ import annotations

from base64 import b64encode

from flask import Response

from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.coverage_parameters import SHA256
from geo.web.api.figure_files import file_name
from geo.web.api.file_answers import Marks, kept_answer, known_answer
from geo.web.api.file_formats import FORMATS
from geo.web.caching import FIXED_RELEASE, IMMUTABLE, is_known
from geo.web.citing import LINK_RELATION, check_releases
from geo.web.current import workspace
from geo.web.pages.translation import url_for
from geo.web.readers import MAX_ID

MEDIA_TYPE = FORMATS["parquet"].media_type

blueprint = ApiBlueprint("release_file", __name__, description="Release files as they are kept")


@blueprint.route(f"/releases/<int(max={MAX_ID}):release_id>/file")
@blueprint.accepts(SHA256)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
def get_release_file(release_id: int) -> Response:
    """The release file itself, as GeoParquet

    Byte for byte as it was published: its sha256 is that of the release and is in `Repr-Digest`. Takes ranges.
    """
    release = workspace().release(release_id)
    check_releases(query(), (release,))
    named = url_for("release_file.get_release_file", release_id=release.id, sha256=release.sha256, _external=True)
    marks = Marks(
        etag=release.sha256,
        modified=release.published_at,
        cache_control=IMMUTABLE if "sha256" in query() else FIXED_RELEASE,
        content_type=MEDIA_TYPE,
        file_name=file_name(release, "data", "parquet"),
        links=f'<{named}>; rel="{LINK_RELATION}"',
    )
    path = workspace().release_files.read_bytes_path(release)
    response = known_answer(marks, is_kept=True) if is_known(marks.etag) else kept_answer(path.open("rb"), marks)
    digest = b64encode(bytes.fromhex(release.sha256)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return response
