"""GET /api/v1/schema/schools.json: the format of uploaded files as a Frictionless Table Schema."""

from __future__ import annotations

from flask import Response, jsonify

from geo.column_table.frictionless import table_schema
from geo.web.api.blueprint import ApiBlueprint
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.languages import names_language
from geo.web.pages.translation import gettext

blueprint = ApiBlueprint("schema", __name__, description="The format of uploaded files, for programs")


@blueprint.route("/schema/schools.json")
@blueprint.accepts("lang")
@blueprint.response(200, {"type": "object"})
def get_schema() -> Response:
    """The format of a file of schools

    A Frictionless Table Schema (https://datapackage.org/standard/table-schema/), made from the table that the parsers use. A file that it
    accepts is read as it stands. `unit` and `fact` are members of ours. `lang` chooses the language of title and descriptions.
    """
    translate = str if names_language() == "en" else gettext
    etag = etag_of("", {"lang": names_language()}, "application/json")
    return answered(etag, CURRENT, lambda: jsonify(table_schema(translate, names_language())))
