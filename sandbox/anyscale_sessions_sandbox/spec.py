"""The OpenAPI document: its operations, and the place of each schema in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias

# A parsed JSON object. The OpenAPI document says what is in it, so that a new field there needs no change here.
Document: TypeAlias = dict[str, Any]
# A place in a document: the keys that lead to it.
Pointer: TypeAlias = tuple[str | int, ...]

METHODS = ("get", "put", "post", "delete", "patch")
JSON_TYPE = "application/json"
# The schema of null, which makes a reference nullable in `anyOf` or `oneOf`.
NULL = {"type": "null"}


class Parameter(NamedTuple):
    """A parameter of the path or the query, and the place of its schema."""

    name: str
    place: str
    required: bool
    schema: Pointer


class Operation(NamedTuple):
    """One operation: its request and its responses."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Pointer | None
    body_required: bool
    # By documented status: the place of the schema of its JSON body, or None if it has no such body.
    responses: Mapping[int, Pointer | None]
    # The status of a successful response.
    success: int
    needs_token: bool


class Spec:
    """An OpenAPI document whose references can be followed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.operations = tuple(self._operations())

    @classmethod
    def shipped(cls) -> Spec:
        """The document that the installed client was generated from."""
        text = files("anyscale_sessions_api").joinpath("openapi.json").read_text(encoding="utf-8")
        return cls(json.loads(text))

    def at(self, pointer: Pointer) -> Any:
        """The value at a place, which must exist."""
        node: Any = self.document
        for key in pointer:
            node = node[key]
        return node

    def follow(self, pointer: Pointer) -> Pointer:
        """The place that a reference leads to, or the same place if there is no reference."""
        node: Document = self.at(pointer)
        while "$ref" in node:
            pointer = _place(node["$ref"])
            node = self.at(pointer)
        return pointer

    def target(self, reference: str) -> Any:
        """The value that a reference leads to."""
        return self.at(_place(reference))

    def shape(self, pointer: Pointer) -> Pointer:
        """The place of the schema that describes a value: references are followed, and "X or null" is taken as X."""
        pointer = self.follow(pointer)
        schema: Document = self.at(pointer)
        for keyword in ("anyOf", "oneOf"):
            branches = [index for index, branch in enumerate(schema.get(keyword, ())) if branch != NULL]
            if len(branches) == 1:
                return self.shape((*pointer, keyword, branches[0]))
        return pointer

    def properties(self, pointer: Pointer) -> dict[str, Pointer]:
        """The place of the schema of each field of an object, including fields that come from `allOf`."""
        pointer = self.shape(pointer)
        schema: Document = self.at(pointer)
        found: dict[str, Pointer] = {}
        for index in range(len(schema.get("allOf", ()))):
            found |= self.properties((*pointer, "allOf", index))
        return found | {name: (*pointer, "properties", name) for name in schema.get("properties", ())}

    def required(self, pointer: Pointer) -> frozenset[str]:
        """The required fields of an object, including those that come from `allOf`."""
        pointer = self.shape(pointer)
        schema: Document = self.at(pointer)
        inherited = (self.required((*pointer, "allOf", index)) for index in range(len(schema.get("allOf", ()))))
        return frozenset(schema.get("required", ())).union(*inherited)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method)

    def _operation(self, path: str, method: str) -> Operation:
        here = ("paths", path, method)
        node = self.at(here)
        body = self.follow((*here, "requestBody")) if "requestBody" in node else None
        responses = dict(self._responses(here))
        return Operation(
            id=node.get("operationId", f"{method} {path}"),
            method=method.upper(),
            path=path,
            parameters=tuple(self._parameters(path, method)),
            body=self._json_schema(body) if body else None,
            body_required=bool(body and self.at(body).get("required", False)),
            responses=responses,
            success=min((status for status in responses if 200 <= status < 300), default=200),
            needs_token=node.get("security", self.document.get("security")) != [],
        )

    def _parameters(self, path: str, method: str) -> Iterator[Parameter]:
        """The parameters of an operation and of its path. Those of the operation take precedence."""
        found: dict[tuple[str, str], Parameter] = {}
        for owner in (("paths", path), ("paths", path, method)):
            for index in range(len(self.at(owner).get("parameters", ()))):
                pointer = self.follow((*owner, "parameters", index))
                node = self.at(pointer)
                required = node.get("required", False)
                found[node["name"], node["in"]] = Parameter(node["name"], node["in"], required, (*pointer, "schema"))
        yield from found.values()

    def _responses(self, operation: Pointer) -> Iterator[tuple[int, Pointer | None]]:
        for status in self.at((*operation, "responses")):
            if status.isdigit():
                yield int(status), self._json_schema(self.follow((*operation, "responses", status)))

    def _json_schema(self, owner: Pointer) -> Pointer | None:
        """The place of the JSON schema of a request body or a response, if it has one."""
        if "schema" in self.at(owner).get("content", {}).get(JSON_TYPE, {}):
            return (*owner, "content", JSON_TYPE, "schema")
        return None


def _place(reference: str) -> Pointer:
    """The place that a `$ref` leads to."""
    parts = reference.removeprefix("#/").split("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)
