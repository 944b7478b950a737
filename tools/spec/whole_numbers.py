"""The range of whole numbers: the client sends those of 64 bits, whatever the spec says of their format."""

from __future__ import annotations

import copy

from spec.navigate import Node, schemas, sequence

LEAST_INT, GREATEST_INT = -(2**63), 2**63 - 1
# A number without a fraction is a float where the spec admits both.
NOT_WHOLE = "number"


def with_range(spec: Node) -> Node:
    """A copy in which each whole number has limits, of 64 bits where the spec has none or wider ones.

    The package has this copy. Therefore the sandbox, and all who validate with it, accept what the client can send.
    """
    copied: Node = copy.deepcopy(spec)
    for _, schema in schemas(copied):
        kinds = sequence(schema.get("type")) or [schema.get("type")]
        if "integer" in kinds and NOT_WHOLE not in kinds and not {"const", "enum"} & set(schema):
            _limit(schema, "minimum", "exclusiveMinimum", max(schema.get("minimum", LEAST_INT), LEAST_INT))
            _limit(schema, "maximum", "exclusiveMaximum", min(schema.get("maximum", GREATEST_INT), GREATEST_INT))
    return copied


def _limit(schema: Node, keyword: str, exclusive: str, limit: object) -> None:
    if keyword in schema or exclusive not in schema:
        schema[keyword] = limit
