"""tools/spec/operation_rules.py and exchange_rules.py: what an operation may be, and the line that refuses all else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from spec.lint import problems_of
from spec.navigate import with_path_items

Spec = dict[str, Any]

TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}
DONE = {"204": {"description": "Done."}}
OBJECT = {"type": "object", "properties": {"a": TEXT}}


def spec_of(paths: Spec, **parts: Any) -> Spec:
    """A spec with these paths."""
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **parts}


def operation(**keywords: Any) -> Spec:
    """A spec with one operation, which is right but for these keywords."""
    return spec_of({"/a": {"post": {"operationId": "do_it", "responses": DONE, **keywords}}})


def parameter(name: str = "word", where: str = "query", schema: Any = TEXT, **keywords: Any) -> Spec:
    """A spec with an operation that has one parameter."""
    declared = {"name": name, "in": where, **({"schema": schema} if schema is not None else {}), **keywords}
    return spec_of(
        {
            f"/a/{{{name}}}" if where == "path" else "/a": {
                "post": {"operationId": "do_it", "parameters": [declared], "responses": DONE}
            }
        }
    )


def content(media_type: str, schema: Any = None, **more: Any) -> Spec:
    """The content of a request or a response."""
    return {"content": {media_type: {**({"schema": schema} if schema is not None else {}), **more}}}


def responses(**by_status: Any) -> Spec:
    """A spec with an operation that has these responses."""
    return operation(responses={status.removeprefix("_"): response for status, response in by_status.items()})


def ids(*names: str) -> Spec:
    """A spec with operations of these ids."""
    return spec_of(
        {f"/{number}": {"get": {"operationId": name, "responses": DONE}} for number, name in enumerate(names)}
    )


A = "paths./a.post"

REFUSED: dict[str, tuple[Spec, str]] = {
    "no operationId": (operation(operationId=None), f"{A}: operationId is missing"),
    "an operationId of no letters": (operation(operationId="!!"), f"{A}: operationId is missing"),
    "an operation twice": (ids("get_it", "get_it"), "paths./1.get: operationId get_it is also at paths./0.get"),
    "two ids of one method": (
        ids("getIt", "get_it"),
        "paths./1.get: operationId get_it and getIt (paths./0.get) both become get_it: rename one",
    ),
    "tags that are no list": (operation(tags="a"), f"{A}.tags: a list is needed"),
    "a ring of path items": (
        spec_of(
            {"/a": {"$ref": "#/components/pathItems/A"}},
            components={"pathItems": {"A": {"$ref": "#/components/pathItems/A"}}},
        ),
        "paths./a: $ref #/components/pathItems/A leads to no path item",
    ),
    "another server": (operation(servers=[{"url": "https://b.test"}]), f"{A}.servers: one client has one server"),
    "callbacks": (operation(callbacks={"done": {"/b": {}}}), f"{A}.callbacks: the client does not receive requests"),
    "webhooks": (spec_of({}, webhooks={"made": {}}), "webhooks: the client does not receive requests"),
    "stray braces": (spec_of({"/a{}b": {"post": {"operationId": "x", "responses": DONE}}}), "paths./a{}b.post: a path"),
    "no slash": (spec_of({"a": {"post": {"operationId": "x", "responses": DONE}}}), "paths.a.post: a path starts with"),
    "a fragment": (spec_of({"/a#b": {"post": {"operationId": "x", "responses": DONE}}}), "paths./a#b.post: a path has"),
    "an undeclared path parameter": (
        spec_of({"/a/{x}": {"post": {"operationId": "x", "responses": DONE}}}),
        "paths./a/{x}.post: the path has the parameters x, and the operation declares none",
    ),
    "a parameter in query and path": (
        spec_of(
            {
                "/a?x=1": {
                    "post": {
                        "operationId": "x",
                        "parameters": [{"name": "x", "in": "query", "schema": TEXT}],
                        "responses": DONE,
                    }
                }
            }
        ),
        "paths./a?x=1.post: parameter x stands in the path as well",
    ),
    "a parameter declared twice": (
        operation(parameters=[{"name": "x", "in": "query", "schema": TEXT}] * 2),
        f"{A}: parameter x in query is declared twice",
    ),
    "two parameters of one argument": (
        operation(parameters=[{"name": name, "in": "query", "schema": TEXT} for name in ("x", "X")]),
        f"{A}: parameter X and x both become the argument x: rename one",
    ),
    "a place that is none": (parameter(where="body"), f"{A}: parameter word in body: a parameter is in path, query"),
    "an alias that is no name": (
        parameter(**{"x-python-name": "a b"}),
        f"{A}: parameter word becomes an argument",
    ),
    "a header of the transport": (parameter("Host", "header"), f"{A}: parameter Host in header: the client writes"),
    "a header with a blank": (parameter("X Y", "header"), f"{A}: parameter X Y in header: HTTP does not allow"),
    "no schema": (parameter(schema=None), f"{A}: parameter word: a schema is needed"),
    "content of text": (
        operation(parameters=[{"name": "x", "in": "query", **content("text/plain", TEXT)}]),
        f"{A}: parameter x.content: only application/json",
    ),
    "anything": (parameter(schema={}), f"{A}: parameter word: the type of the value is needed"),
    "style matrix": (
        parameter(where="path", style="matrix"),
        "paths./a/{word}.post: parameter word: the style matrix is not supported there: use style simple",
    ),
    "a list in a cookie": (
        parameter(where="cookie", schema={"type": "array", "items": TEXT}),
        f"{A}: parameter word: the style joined in cookie is not supported there: use a plain value, style form",
    ),
    "a list as deepObject": (
        parameter(schema={"type": "array", "items": TEXT}, style="deepObject"),
        f"{A}: parameter word: style deepObject is for an object",
    ),
    "a text as deepObject": (parameter(style="deepObject"), f"{A}: parameter word: style deepObject is for an object"),
    "style simple in a query": (
        parameter(style="simple"),
        f"{A}: parameter word: the style simple is not supported there: use form, spaceDelimited",
    ),
    "an object in a header": (
        parameter(where="header", schema=OBJECT),
        f"{A}: parameter word: an object can only be sent in a query",
    ),
    "an object or a text": (
        parameter(schema={"anyOf": [TEXT, OBJECT]}),
        f"{A}: parameter word: a value that is an object or something else",
    ),
    "a list or a text": (
        parameter(schema={"anyOf": [TEXT, {"type": "array", "items": TEXT}]}),
        f"{A}: parameter word: a value that is a list or something else",
    ),
    "an object of no properties": (
        parameter(schema={"type": "object"}, explode=False),
        f"{A}: parameter word: its properties are needed",
    ),
    "an object of objects": (
        parameter(schema={"type": "object", "properties": {"a": OBJECT}}, style="deepObject"),
        f"{A}: parameter word: an object in a query has plain values only",
    ),
    "a list of lists": (
        parameter(schema={"type": "array", "items": {"type": "array", "items": TEXT}}),
        f"{A}: parameter word: a list here has plain items only",
    ),
    "a body of nothing": (operation(requestBody={}), f"{A}.requestBody: content is needed"),
    "a body of XML": (
        operation(requestBody=content("application/xml", TEXT)),
        f"{A}.requestBody.content: application/xml cannot be sent",
    ),
    "any JSON body": (
        operation(requestBody=content("application/*", OBJECT)),
        f"{A}.requestBody.content.application/*: the media type to send is needed",
    ),
    "any image": (operation(requestBody=content("image/*")), f"{A}.requestBody.content.image/*: the media type"),
    "a form of nothing": (
        operation(requestBody=content("multipart/form-data", TEXT)),
        f"{A}.requestBody.content.multipart/form-data.schema: a form is an object",
    ),
    "a form of objects": (
        operation(
            requestBody=content("application/x-www-form-urlencoded", {"type": "object", "properties": {"a": OBJECT}})
        ),
        f"{A}.requestBody.content.application/x-www-form-urlencoded.a: a field of a form",
    ),
    "a form with a file": (
        operation(
            requestBody=content(
                "application/x-www-form-urlencoded",
                {"type": "object", "properties": {"a": {"type": "string", "contentMediaType": "image/png"}}},
            )
        ),
        f"{A}.requestBody.content.application/x-www-form-urlencoded.a: a form cannot carry binary data",
    ),
    "a file without a format": (
        operation(
            requestBody=content(
                "multipart/form-data",
                {"type": "object", "properties": {"a": {"type": "string", "contentMediaType": "image/png"}}},
            )
        ),
        f"{A}.requestBody.content.multipart/form-data.a: binary data is described as",
    ),
    **{
        f"an encoding with {what}": (
            operation(
                requestBody=content(
                    "multipart/form-data", {"type": "object", "properties": {"a": BINARY}}, encoding={"a": rules}
                )
            ),
            f"{A}.requestBody.content.multipart/form-data.encoding.a{line}",
        )
        for what, rules, line in [
            ("headers", {"headers": {"X": {}}}, ".headers: parts have no headers"),
            ("a style", {"style": "deepObject"}, ": a list is sent by repeating the name"),
            ("many types", {"contentType": "image/*"}, ".contentType: one media type can be set"),
        ]
    },
    "a response of parts": (
        responses(_200=content("multipart/mixed", TEXT)),
        f"{A}.responses.200: multipart/mixed cannot be read",
    ),
    "no good response": (responses(_404={"description": "Gone."}), f"{A}.responses: a 2xx response is needed"),
    "a response of XML": (
        responses(_200=content("application/xml", TEXT)),
        f"{A}.responses.200: application/xml cannot be read",
    ),
    "a response of a form": (
        responses(_200=content("application/x-www-form-urlencoded", OBJECT)),
        f"{A}.responses.200: application/x-www-form-urlencoded cannot be read",
    ),
    "two kinds of good responses": (
        responses(_200=content("application/json", TEXT), _201=content("application/json", {"type": "integer"})),
        f"{A}.responses: the 2xx responses differ",
    ),
    "security of its own": (
        spec_of(
            {"/a": {"post": {"operationId": "x", "responses": DONE, "security": [{"b": []}]}}},
            components={"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}},
        ),
        f"{A}.security: a client has one way to authenticate",
    ),
}

ACCEPTED: dict[str, Spec] = {
    "an operation": operation(),
    "several tags": operation(tags=["a", "b"]),
    "odd ids": ids("list", "pets.list", "import", "get-it", "_x", "GetHTTPThing", "2fa"),
    "odd parameters": operation(
        parameters=[
            {"name": name, "in": "query", "schema": TEXT}
            for name in ("page-size", "from", "self", "body", "_x", "Operation", "filter[x]", "list")
        ]
    ),
    "the same name in two places": operation(
        parameters=[{"name": "x", "in": place, "schema": TEXT} for place in ("query", "header", "cookie")]
    ),
    "a header that is described elsewhere": parameter("Accept", "header"),
    "a number in a path": parameter(where="path", schema={"type": "integer"}),
    "a list in a path": parameter(where="path", schema={"type": "array", "items": TEXT}),
    "a list in a header": parameter(where="header", schema={"type": "array", "items": TEXT}),
    "a list with pipes": parameter(schema={"type": "array", "items": TEXT}, style="pipeDelimited", explode=False),
    "a list or null": parameter(schema={"type": ["array", "null"], "items": TEXT}),
    "an object": parameter(schema=OBJECT),
    "an object that says no type": parameter(schema={"properties": {"a": TEXT}}),
    "a path item by reference": spec_of(
        {"/a": {"$ref": "#/components/pathItems/A", "summary": "It."}},
        components={"pathItems": {"A": {"get": {"operationId": "x", "responses": DONE}}}},
    ),
    "the type of a part": operation(
        requestBody=content(
            "multipart/form-data",
            {"type": "object", "properties": {"a": BINARY}},
            encoding={"a": {"contentType": "image/png"}},
        )
    ),
    "a deep object": parameter(schema=OBJECT, style="deepObject"),
    "a map": parameter(schema={"type": "object", "additionalProperties": TEXT}, style="deepObject"),
    "a constant": parameter(schema={"const": "x"}),
    "JSON in a query": operation(parameters=[{"name": "x", "in": "query", **content("application/json", OBJECT)}]),
    "the server of all": spec_of(
        {"/a": {"servers": [{"url": "/"}], "get": {"operationId": "x", "responses": DONE}}}, servers=[{"url": "/"}]
    ),
    "a query in a path": spec_of({"/a?x=1": {"get": {"operationId": "x", "responses": DONE}}}),
    **{
        f"a body of {media_type}": operation(requestBody=content(media_type, schema))
        for media_type, schema in [
            ("application/json", TEXT),
            ("application/merge-patch+json", OBJECT),
            ("text/plain", TEXT),
            ("application/octet-stream", BINARY),
            ("image/png", None),
            ("*/*", BINARY),
            (
                "application/x-www-form-urlencoded",
                {"type": "object", "properties": {"a": {"type": "array", "items": TEXT}}},
            ),
            (
                "multipart/form-data",
                {"type": "object", "properties": {"a": BINARY, "b": {"type": "array", "items": BINARY}, "c": OBJECT}},
            ),
        ]
    },
    **{
        f"a response of {media_type}": responses(_200=content(media_type, schema))
        for media_type, schema in [
            ("application/json", None),
            ("application/hal+json", OBJECT),
            ("text/csv", TEXT),
            ("application/pdf", BINARY),
            ("*/*", OBJECT),
            ("*/*", TEXT),
        ]
    },
    "any good status": responses(_2XX=content("application/json", TEXT)),
    "the same response twice, and none": responses(
        _200=content("application/json", TEXT), _201=content("application/json", TEXT), _204={"description": "No."}
    ),
    "an operation for everybody": operation(security=[]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_breach_is_one_line(case: str) -> None:
    """Each breach is reported in one line that begins with its place."""
    spec, line = REFUSED[case]
    problems = problems_of(with_path_items(copy.deepcopy(spec)))
    assert len(problems) == 1, problems
    assert problems[0].startswith(line), problems[0]


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_right_operation_is_accepted(case: str) -> None:
    """What becomes right code is not refused."""
    assert problems_of(with_path_items(copy.deepcopy(ACCEPTED[case]))) == []


def test_binary_data_in_json_is_refused_where_json_carries_it() -> None:
    """A schema with binary data that a form of several parts carries cannot be part of JSON as well."""
    upload = {"type": "object", "properties": {"file": BINARY}}
    reference = {"$ref": "#/components/schemas/Upload"}
    spec = operation(
        requestBody=content("multipart/form-data", reference), responses={"200": content("application/json", reference)}
    )
    spec["components"] = {"schemas": {"Upload": upload}}
    (line,) = problems_of(spec)
    assert line == (
        "components.schemas.Upload.properties.file: paths./a.post.responses.200 carries it as JSON, which cannot carry "
        "binary data; use another schema there"
    )
