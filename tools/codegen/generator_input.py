"""The spec as the generator reads it right: what it would look for elsewhere, or not see, is put where it does.

Nothing here changes what is on the wire.
"""

from __future__ import annotations

import copy
from typing import Any

from spec.navigate import METHODS, Node, is_secret, mapping, properties_of, required_of, resolve, schemas, sequence


def for_the_generator(spec: Node) -> Node:
    """A copy of the spec to generate from."""
    original, spec = spec, copy.deepcopy(spec)
    for item in map(mapping, spec["paths"].values()):
        for holder in [item, *(mapping(item[method]) for method in METHODS if method in item)]:
            holder["parameters"] = [_described(spec, declared) for declared in sequence(holder.get("parameters"))]
    for _, schema in schemas(spec):
        schema.pop("title", None)  # It would name the class; the name in the spec does.
        if "$ref" in schema and "default" in schema:  # What stands beside a `$ref` is not seen.
            schema["allOf"] = [{"$ref": schema.pop("$ref")}]
        fields = properties_of(original, schema)
        if fields and "$ref" not in schema:  # A model's template sees only what stands in the model itself.
            schema |= {"type": "object", "properties": copy.deepcopy(fields), "required": required_of(original, schema)}
            schema.pop("allOf", None)
            schema["x-secret"] = [name for name, field in fields.items() if is_secret(original, field)]
    return spec


def _described(spec: Node, declared: object) -> dict[str, Any]:
    """A parameter with its description where the generator looks for it: in the schema."""
    parameter = copy.deepcopy(resolve(spec, declared))
    schema = resolve(spec, parameter.get("schema"))
    if "description" in parameter and not {"enum", "properties"} & set(schema):  # those become classes
        parameter["schema"] = {**schema, "description": parameter["description"]}
    return parameter
