"""The OpenAPI document (https://spec.openapis.org/oas/v3.1.1.html): calls, models and report types."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from octavo.authoring.report_type import ReportType
from octavo.errors import OctavoError, Unidentified
from octavo.http.calls import CALLS, LIST, SUBMIT, Answer, Call
from octavo.http.list_query import ListQuery
from octavo.http.models import POLL_AGAIN_S, ProblemView, ReportRequest, options_schema
from octavo.http.strict_json import LARGEST_INTEGER, LONGEST_TEXT
from octavo.lifecycle.report import ID_PATTERN

Json = dict[str, Any]

VERSION = "1"  # of the contract; a change that breaks callers gets a new one
REF = "#/components/schemas/"
PROBLEM = {"application/problem+json": {"schema": {"$ref": f"{REF}ProblemView"}}}
GATEWAY = {"application/json": {"schema": {"$ref": f"{REF}GatewayMessage"}}}
PARAMETERS: dict[str, Json] = {
    "id": {"description": "The report's ID.", "schema": {"type": "string", "pattern": f"^{ID_PATTERN}$"}},
    "name": {"description": "The report type's name.", "schema": {"type": "string", "maxLength": 64}},
    "If-None-Match": {"description": "The ETag of an earlier answer; the answer is 304 if nothing has changed since."},
    "Idempotency-Key": {
        "description": "The caller's own name for this request, such as a UUID. The same key within 24 hours is"
        " answered with the same report.",
        "schema": {"type": "string", "pattern": "^([!-~]|[!-~][ -~]{0,253}[!-~])$"},
    },
    "Prefer": {
        "description": "`wait=N`: answer when the report has ended, or after N seconds, at most 20 (RFC 7240).",
    },
}
HEADERS: dict[str, Json] = {
    "Location": {
        "description": "The report's address, or the document's.",
        "schema": {"type": "string", "format": "uri"},
    },
    "Cache-Control": {"description": "`no-store`, because links are meant for the caller only."},
    "ETag": {"description": "The value for If-None-Match in a later request."},
    "Retry-After": {
        "description": "Seconds to wait before the next request; present while the report is RUNNING.",
        "schema": {"type": "integer", "minimum": 1, "examples": [POLL_AGAIN_S]},
    },
    "Preference-Applied": {"description": "The wait that was applied."},
    "Content-Security-Policy": {"description": "What the page may load: nothing from other servers."},
}
SECURITY: dict[str, Json] = {
    "iam": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
        "description": "AWS Signature Version 4, service `execute-api`.",
    },
    "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
}


def openapi(report_types: Iterable[type[ReportType]], api_url: str, auth: str) -> str:
    """Return the document as JSON. `auth` is iam, jwt or none; `api_url` has no slash at its end."""
    schemas = _schemas()
    examples: dict[str, Json] = {}
    for report_type in report_types:
        schemas |= _of_type(report_type)
        parameters = schemas[f"{report_type.name}.parameters"]["examples"][0]
        examples[report_type.name] = {
            "type": report_type.name,
            "parameters": parameters,
            "format": report_type.formats[0],
        }
    document: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Octavo",
            "version": VERSION,
            "description": "Asynchronous reports: request a report, follow its status, download its document.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": api_url}],
        "paths": _paths(_body(examples)),
        "components": {"schemas": dict(sorted(schemas.items()))},
    }
    if auth in SECURITY:
        document["components"]["securitySchemes"] = {auth: SECURITY[auth]}
        document["security"] = [{auth: []}]
    return json.dumps(document, indent=1, ensure_ascii=False)


def docs_page(document: str) -> tuple[str, str]:
    """Return a page that shows the document, and its Content-Security-Policy: it loads nothing from other servers."""
    from aws_lambda_powertools.event_handler.openapi import swagger_ui  # its files: Swagger UI, Apache-2.0

    folder = Path(swagger_ui.__file__).parent
    style = (folder / "swagger-ui.min.css").read_text("utf-8")
    script = (folder / "swagger-ui-bundle.min.js").read_text("utf-8")
    nonce = secrets.token_urlsafe(16)
    shown = document.replace("<", "\\u003c")  # no text in it may end the script
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Octavo</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="api"></div>
<script nonce="{nonce}">{script}</script>
<script nonce="{nonce}">
SwaggerUIBundle({{spec: {shown}, dom_id: "#api", deepLinking: true, defaultModelsExpandDepth: 0, validatorUrl: null}});
</script>
</body>
</html>
"""
    allowed = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return page, "; ".join(allowed)


def _schemas() -> dict[str, Json]:
    """Return the schemas of all answers."""
    models = {answer.model for call in CALLS for answer in call.answers.values() if answer.model} | {ProblemView}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, found = models_json_schema([(model, "serialization") for model in ordered], ref_template=REF + "{model}")
    gateway = {
        "type": "object",
        "description": "An error that API Gateway answers itself, without Octavo.",
        "properties": {"message": {"type": ["string", "null"]}},
        "required": ["message"],
    }
    return {**found["$defs"], "GatewayMessage": gateway}


def _of_type(report_type: type[ReportType]) -> dict[str, Json]:
    """Return the schemas of a report type's request and parameters, all under its name."""
    name = report_type.name
    parameters = _bounded(report_type.Parameters.model_json_schema(ref_template=f"{REF}{name}.{{model}}"))
    inner = parameters.pop("$defs", {})
    request = ReportRequest.model_json_schema()
    properties: Json = {
        **request["properties"],
        "type": {"const": name},
        "parameters": {"$ref": f"{REF}{name}.parameters"},
        "format": {
            "enum": [*report_type.formats, None],
            "default": report_type.formats[0],
            "description": "The document's format; the default is the first.",
        },
    }
    required = ["type", "parameters"] if parameters.get("required") else ["type"]
    return {
        f"{name}.request": {
            "type": "object",
            "title": report_type.title,
            "description": " ".join(report_type.description.split()),
            "properties": properties,
            "anyOf": [_with_format(report_type, format) for format in report_type.formats],
            "required": required,
            "additionalProperties": False,
        },
        f"{name}.parameters": {**parameters, "title": f"Parameters of {name}", "examples": [_example(parameters)]},
        **{f"{name}.{format}.options": options_schema(report_type, format) for format in report_type.formats},
        **{f"{name}.{model}": schema for model, schema in inner.items()},
    }


def _with_format(report_type: type[ReportType], format: str) -> Json:
    """Return the schema of a request for a format, with its options. The first format need not be named."""
    options = {"format_options": {"$ref": f"{REF}{report_type.name}.{format}.options"}}
    if format == report_type.formats[0]:
        return {"properties": {"format": {"enum": [format, None]}, **options}}
    return {"properties": {"format": {"const": format}, **options}, "required": ["format"]}


def _bounded(schema: Any) -> Any:
    """Add the limits of texts and whole numbers (`strict_json`) where a schema has none of its own."""
    if isinstance(schema, list):
        return [_bounded(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    limits: Json = {}
    match schema:
        case {"type": "integer"}:
            limits = {"minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER}
        case {"type": "string"} if not {"format", "enum", "const"} & schema.keys():
            limits = {"maxLength": LONGEST_TEXT}
    return limits | {name: _bounded(value) for name, value in schema.items()}


def _example(parameters: Json) -> Json:
    """Return example parameters: each field's first example, or else its default."""
    fields = parameters.get("properties", {})
    tried = {name: field["examples"][0] for name, field in fields.items() if field.get("examples")}
    usual = {name: field["default"] for name, field in fields.items() if field.get("default") is not None}
    return usual | tried


def _body(examples: Mapping[str, Json]) -> Json:
    """Describe the body of a submit: a request of one of the types. `examples` has one for each type."""
    names = list(examples)
    of_types = [f"{REF}{name}.request" for name in names]
    schema = {
        "oneOf": [{"$ref": reference} for reference in of_types],
        "discriminator": {"propertyName": "type", "mapping": dict(zip(names, of_types, strict=True))},
    }
    content: Json = {"schema": schema if names else ReportRequest.model_json_schema()}
    if names:
        content["examples"] = {name: {"value": example} for name, example in examples.items()}
    return {"required": True, "content": {"application/json": content}}


def _paths(body: Json) -> dict[str, Json]:
    paths: dict[str, Json] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, body)
    return paths


def _operation(call: Call, body: Json) -> Json:
    operation: Json = {"operationId": call.name, "summary": call.summary, "parameters": list(_parameters(call))}
    if call is SUBMIT:
        operation["requestBody"] = body
    operation["responses"] = {str(status): _answer(answer) for status, answer in call.answers.items()} | _errors(call)
    return operation


def _parameters(call: Call) -> Iterable[Json]:
    for name in ("id", "name"):
        if f"{{{name}}}" in call.path:
            yield {"name": name, "in": "path", "required": True, **PARAMETERS[name]}
    for name in call.headers:
        yield {"name": name, "in": "header", "schema": {"type": "string"}, **PARAMETERS[name]}
    if call is LIST:
        yield from _query_parameters()


def _query_parameters() -> Iterable[Json]:
    """Describe the query of a list. An optional field may be null for pydantic; a query simply leaves it out."""
    query = ListQuery.model_json_schema()
    for name, described in query["properties"].items():
        given = next(kind for kind in described.get("anyOf", [described]) if kind.get("type") != "null")
        if "$ref" in given:
            given = query["$defs"][given["$ref"].rpartition("/")[2]]
        schema = {entry: value for entry, value in given.items() if entry != "description"}
        yield {"name": name, "in": "query", "description": described["description"], "schema": schema}


def _answer(answer: Answer) -> Json:
    described: Json = {"description": answer.description}
    if answer.headers:
        described["headers"] = {name: {"schema": {"type": "string"}, **HEADERS[name]} for name in answer.headers}
    if answer.model:
        described["content"] = {"application/json": {"schema": {"$ref": f"{REF}{answer.model.__name__}"}}}
    elif answer.media_type:
        described["content"] = {
            answer.media_type: {"schema": {} if "json" in answer.media_type else {"type": "string"}}
        }
    return described


def _errors(call: Call) -> dict[str, Json]:
    """Return the problems of a call by status, including those that every call may have."""
    by_status: dict[int, list[type[OctavoError]]] = {}
    possible: tuple[type[OctavoError], ...] = (*call.errors, Unidentified)
    for error in possible:
        by_status.setdefault(error.status, []).append(error)
    described: dict[str, Json] = {}
    for status, errors in sorted(by_status.items()):
        described[str(status)] = {
            "description": " ".join(f"`{error.code}`: {error.title}." for error in errors),
            "content": PROBLEM,
        }
        if any(error.worth_waiting for error in errors):
            described[str(status)]["headers"] = {"Retry-After": HEADERS["Retry-After"]}
    either: Mapping[str, Json] = {**PROBLEM, **GATEWAY}
    described.setdefault("401", {"description": "The caller is not authenticated.", "content": either})
    described["403"]["content"] = either  # API Gateway itself answers callers that it refuses
    described.setdefault("500", {"description": f"`{OctavoError.code}`: {OctavoError.title}.", "content": either})
    described.setdefault(
        "503", {"description": "The service is temporarily overloaded; try again later.", "content": either}
    )["content"] = either
    return dict(sorted(described.items()))


def main() -> None:
    """Print the document of this checkout's report types, which `make openapi` writes to docs/openapi.json."""
    from octavo.authoring.catalogue import report_types

    print(openapi(report_types().values(), "https://reports.example.com", "iam"))


if __name__ == "__main__":
    main()
