"""tools/spec/navigate.py: references, operations, schemas and properties of a spec are found."""

from __future__ import annotations

from typing import Any

from spec.navigate import is_secret, operations, options_of, properties_of, references, required_of, resolve, schemas

SPEC: dict[str, Any] = {
    "paths": {
        "/a/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}, {"name": "page", "in": "query", "schema": {}}],
            "get": {"parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}]},
        }
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "schema": {"type": "string"}}},
        "schemas": {
            "Base": {"required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
            "Thing": {
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "required": ["name", "id"],
                "properties": {"name": {"type": "integer"}, "$ref": {"example": {"$ref": "#/nowhere"}}},
            },
            "Ring": {"$ref": "#/components/schemas/Ring"},
            "Secret": {"type": "array", "items": {"type": "string", "format": "password"}},
        },
    },
}
SCHEMAS = SPEC["components"]["schemas"]


def test_reference_in_a_ring_resolves_to_nothing() -> None:
    """A reference that leads to itself, or nowhere, resolves to an empty mapping."""
    assert resolve(SPEC, SCHEMAS["Ring"]) == resolve(SPEC, {"$ref": "#/nowhere"}) == {}


def test_own_parameter_hides_the_one_of_its_path() -> None:
    """An operation has its own parameters first, and those of its path that it does not declare itself."""
    ((place, path, method, operation),) = operations(SPEC)
    assert (place, path, method) == ("paths./a/{id}.get", "/a/{id}", "get")
    assert [resolve(SPEC, node)["name"] for node in operation["parameters"]] == ["page", "id"]
    assert operation["parameters"][0]["schema"] == {"type": "integer"}


def test_properties_come_through_all_of() -> None:
    """An object has the properties and required names of its parts; its own property hides an inherited one."""
    assert properties_of(SPEC, SCHEMAS["Thing"])["name"] == {"type": "integer"}
    assert list(properties_of(SPEC, SCHEMAS["Thing"])) == ["id", "name", "$ref"]
    assert required_of(SPEC, SCHEMAS["Thing"]) == ["id", "name"]


def test_data_holds_no_references() -> None:
    """A `$ref` within an example is data, and a property may itself have that name."""
    assert [place for place, _ in references(SCHEMAS, "schemas")] == ["schemas.Thing.allOf[0]", "schemas.Ring"]


def test_every_schema_has_a_place() -> None:
    """Schemas within schemas and within parameters are found with their places."""
    places = [place for place, _ in schemas(SPEC)]
    assert "components.schemas.Secret.items" in places
    assert "components.parameters.Id" in places


def test_options_of_a_ring_are_none() -> None:
    """A schema that refers only to itself has no option."""
    assert list(options_of(SPEC, SCHEMAS["Ring"])) == []


def test_list_of_secrets_is_secret() -> None:
    """A schema is secret if a value within it is; a ring of references is not."""
    assert is_secret(SPEC, SCHEMAS["Secret"])
    assert not is_secret(SPEC, SCHEMAS["Ring"])
