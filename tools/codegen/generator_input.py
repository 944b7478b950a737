"""The spec as the generator reads it right: what it would look for elsewhere, or not see, is put where it does.

Nothing here changes what is on the wire.
"""

from __future__ import annotations

import copy

from codegen.operation_input import package_data, paths_for_the_generator
from spec.navigate import Node, is_secret, mapping, properties_of, required_of, schemas


def for_the_generator(spec: Node) -> Node:
    """A copy of the spec to generate from."""
    original, spec = spec, copy.deepcopy(spec)
    spec["paths"] = paths_for_the_generator(spec)
    spec["components"] = {"schemas": mapping(spec.get("components")).get("schemas", {})}
    spec["x-package"] = package_data(original)
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

