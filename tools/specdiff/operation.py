"""An operation of a spec, with its place."""

from __future__ import annotations

import re
from typing import NamedTuple

from spec.locations import Place, follow
from spec.navigate import METHODS, Node, mapping


class Operation(NamedTuple):
    """An operation and where it stands."""

    name: str
    method: str
    path: str
    place: Place
    item: Place

    @property
    def way(self) -> tuple[str, str]:
        """The method and the path, without the names of the path's parameters."""
        return self.method, re.sub(r"\{[^}]*\}", "{}", self.path)


def operations_of(spec: Node) -> list[Operation]:
    """The operations of a spec, by their order."""
    found: list[Operation] = []
    for path in mapping(spec["paths"]):
        item = follow(spec, Place(spec, "#").at("paths", path))
        for method in METHODS:
            if method in item.keys:
                place = item.at(method)
                name = place.keys.get("operationId")
                found.append(Operation(str(name or f"{method.upper()} {path}"), method, path, place, item))
    return found
