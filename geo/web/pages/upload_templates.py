"""The template that people fill in, to be taken before there is anything to upload: no key is needed."""

from __future__ import annotations

from flask import Response, request

from geo.render.upload_template import MEDIA_TYPE_XLSX, template_csv, template_workbook
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.languages import language
from geo.web.pages.blueprint import blueprint
from geo.web.pages.translation import gettext
from geo.web.params import read_query


@blueprint.get("/imports/template.xlsx")
def template_xlsx() -> Response:
    """Give the template as a workbook."""
    read_query(request.args, ("lang",))
    return answered(
        etag_of("", {}, MEDIA_TYPE_XLSX), CURRENT, lambda: _file(template_workbook(language(), gettext), MEDIA_TYPE_XLSX, "xlsx")
    )


@blueprint.get("/imports/template.csv")
def template_text() -> Response:
    """Give the template as CSV."""
    read_query(request.args, ("lang",))
    return answered(etag_of("", {}, "text/csv"), CURRENT, lambda: _file(template_csv(language()).encode(), "text/csv", "csv"))


def _file(body: bytes, media_type: str, ending: str) -> Response:
    response = Response(body, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="schools-template-{language()}.{ending}"'
    return response
