"""/api/v1/mappings: how the files of each source are read, as remembered from those that were published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from geo.services import mappings as service
from geo.web.api.blueprint import ApiBlueprint
from geo.web.api.fields import moment, nested, record, text
from geo.web.api.releases import instant
from geo.web.current import workspace
from geo.web.readers import MAX_ID
from geo.web.sessions import current_key

MAPPING = "/mappings/<path:name>"
blueprint = ApiBlueprint("mappings", __name__, description="How the files of a source are read")


class MappingSchema(ma.Schema):
    """How the files of one source are read."""

    name = text("The source, or the name it was saved under.")
    options = record(
        "`mapping`: heading → our column, empty to leave it out; `values`: column → cell → word; `units`: column → unit, said for the"
        " heading in `unit_headings`; `encoding`, `sheet`, `header_line`."
    )
    updated_at = moment("When it last changed.")
    updated_by = text("Whose import changed it.")


class MappingsSchema(ma.Schema):
    """Everything that is remembered."""

    mappings = nested(MappingSchema, "By name.", is_list=True)


class SaveSchema(ma.Schema):
    """Which import a mapping is made from."""

    import_id = ma.fields.Integer(
        required=True,
        strict=True,
        validate=ma.validate.Range(min=1, max=MAX_ID),
        metadata={"description": "The import whose reading is remembered."},
    )


def _document(found: service.NamedMapping) -> dict[str, Any]:
    return {
        "name": found.name,
        "options": dict(found.options),
        "updated_at": instant(found.updated_at),
        "updated_by": found.updated_by,
    }


@blueprint.route("/mappings")
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(200, MappingsSchema)
def list_mappings() -> Response:
    """How the files of each source are read

    Remembered when an import with a `source` is published whose headings, words, units or encoding somebody said or confirmed, and used
    for the next file of that source where it fits.
    """
    return jsonify(mappings=[_document(found) for found in service.list_mappings(workspace())])


@blueprint.route(MAPPING, methods=["PUT"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.takes_json(SaveSchema)
@blueprint.response(200, MappingSchema)
def save_mapping(name: str, body: Mapping[str, Any]) -> Response:
    """Remember how an import was read

    Under the name of a source, whose next file is then read so; the import need not be published.
    """
    return jsonify(_document(service.save_mapping(workspace(), name, body["import_id"], actor=current_key())))


@blueprint.route(MAPPING, methods=["DELETE"])
@blueprint.needs_key
@blueprint.accepts()
@blueprint.response(204)
def delete_mapping(name: str) -> Response:
    """Forget how the files of a source are read

    Imports that were read so stay as they are.
    """
    service.remove_mapping(workspace(), name, actor=current_key())
    return Response(status=204)
