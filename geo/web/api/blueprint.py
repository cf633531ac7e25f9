"""The blueprint that every part of the API is made with: strict parameters, strict bodies, documented by the same tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

import flask_smorest
import marshmallow as ma
from flask import current_app, g, request

from geo.web.params import PARAMETERS, read_query
from geo.web.readers import Parameter
from geo.web.refusals import Refusal

View = TypeVar("View", bound=Callable[..., Any])
ACCEPTED = "accepted_parameters"
OWN = "own_parameters"
BEARER: list[dict[str, list[str]]] = [{"bearerKey": []}]


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint whose routes refuse every parameter they do not name."""

    def __init__(self, name: str, import_name: str, *, description: str, url_prefix: str = "/api/v1") -> None:
        super().__init__(name, import_name, description=description, url_prefix=url_prefix)
        self.before_request(_read_query)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a route; see flask-smorest."""
        return cast("Callable[[View], View]", super().route(rule, **options))

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]:
        """Document the usual answer; see flask-smorest. Routes make their own Response, so nothing is serialised by it."""
        return cast("Callable[[View], View]", super().response(status_code, schema, **options))

    def alt_response(self, status_code: int, response: Any = None, **options: Any) -> Callable[[View], View]:
        """Document another answer; see flask-smorest."""
        return cast("Callable[[View], View]", super().alt_response(status_code, response, **options))

    def described(self, **document: Any) -> Callable[[View], View]:
        """Document members of the operation that nothing else states."""
        return cast("Callable[[View], View]", self.doc(**document))

    def accepts(self, *taken: str | Parameter) -> Callable[[View], View]:
        """State which parameters a route takes, by their names in `geo.web.params.PARAMETERS` or as its own; see `query()`."""
        own = {each.name: each for each in taken if isinstance(each, Parameter)}
        names = tuple(each.name if isinstance(each, Parameter) else each for each in taken)

        def decorate(view: View) -> View:
            documented = self.doc(parameters=[(own.get(name) or PARAMETERS[name]).as_openapi() for name in names])(view)
            setattr(documented, ACCEPTED, names)
            setattr(documented, OWN, own)
            return cast("View", documented)

        return decorate

    def takes_json(self, schema: type[ma.Schema]) -> Callable[[View], View]:
        """State which JSON body a route takes; the route gets its values as keyword `body`. No body counts as an empty object."""

        def decorate(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return view(*args, **kwargs, body=read_json(schema))

            body = {"required": False, "content": {"application/json": {"schema": schema}}}
            return cast("View", self.doc(requestBody=body)(wrapper))

        return decorate

    def needs_key(self, view: View) -> View:
        """Document that a route needs a key; geo.web.guard is what asks for it."""
        return cast("View", self.doc(security=BEARER)(view))


def _read_query() -> None:
    view = current_app.view_functions[request.endpoint or ""]
    g.query = read_query(request.args, getattr(view, ACCEPTED, ()), own=getattr(view, OWN, {}))


def query() -> dict[str, Any]:
    """Values of the present request's parameters, by name."""
    values: dict[str, Any] = g.query
    return values


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is repeated")
    return members


def parse_json(data: bytes) -> Any:
    """Value of a JSON text in UTF-8.

    Raises
    ------
    Refusal
        400 for anything that is not JSON: NaN, repeated members, nesting beyond what the parser takes, other encodings.
    """
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", "The body is not valid JSON in UTF-8, without NaN and without repeated members.") from error


def read_json(schema: type[ma.Schema]) -> Mapping[str, Any]:
    """Body of the present request by a schema that refuses unknown members.

    Raises
    ------
    Refusal
        415 for another type, 400 for broken JSON, 422 for a body that the schema does not take.
    """
    data = request.get_data()
    if data and request.mimetype != "application/json":
        raise Refusal(415, "unsupported_type", "Send the body as application/json.")
    try:
        return cast("Mapping[str, Any]", schema(unknown=ma.RAISE).load(parse_json(data) if data else {}))
    except ma.ValidationError as error:
        raise invalid_body(error) from error


def invalid_body(error: ma.ValidationError) -> Refusal:
    """Refusal of a body that a schema does not take, naming its members."""
    names = ", ".join(sorted(str(name)[:40] for name in error.messages_dict))
    told = [{"column": str(name)[:40], "fix": _sentence(said)} for name, said in error.messages_dict.items()]
    return Refusal(422, "invalid_body", f"These members of the body are not as documented: {names}.", extra={"errors": told})


def _sentence(told: Any) -> str:
    while isinstance(told, dict) and told:
        told = next(iter(told.values()))
    return str(told[0] if isinstance(told, list) and told else told)[:200]
