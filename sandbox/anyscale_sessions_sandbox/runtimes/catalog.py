"""The builds, compute templates and instance types that seeds define. A runtime looks up their ids here."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any

import jsonschema_rs
import msgspec

from ..gateway.validation import Validator

# The largest integer that JSON and Ray represent exactly.
MAX_COUNT = 2**53
# Ray's own default.
IDLE_TIMEOUT_MINUTES = 5.0
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
# Neither a name nor a value of an environment variable can contain a null character.
Name = Annotated[str, msgspec.Meta(pattern=r"^[^=\x00]+$")]
Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]


class Build(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A build.

    Attributes:
        requirements: what pip installs, one line of a requirements file each.
        env_vars: environment variables of the cluster and of commands.
        working_dir: a folder of this machine that is copied to where commands start.
    """

    requirements: list[Text] = []
    env_vars: dict[Name, Text] = {}
    working_dir: Text = ""


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The head node of a compute template, with the resources that Ray sees, or an instance type that has them."""

    resources: dict[str, Count] = {}
    instance_type: str = ""


class Worker(Node, frozen=True, forbid_unknown_fields=True):
    """A type of worker nodes of a compute template. By default there is none at first, and at most one."""

    name: str = ""
    min_workers: Count = 0
    max_workers: Count | msgspec.UnsetType = msgspec.UNSET


class ComputeTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A compute template. `max_workers` limits all types of workers together."""

    head: Node = Node()
    workers: list[Worker] = []
    max_workers: Count | msgspec.UnsetType = msgspec.UNSET
    idle_timeout_minutes: Annotated[float, msgspec.Meta(ge=0)] = IDLE_TIMEOUT_MINUTES


class Catalog(msgspec.Struct, frozen=True):
    """All builds and compute templates by id, and the resources of each instance type."""

    builds: dict[str, Build] = {}
    compute_templates: dict[str, ComputeTemplate] = {}
    instance_types: dict[str, dict[str, Count]] = {}

    def merged(self, other: Catalog) -> Catalog:
        """The entries of both. If both have an id, the other one has precedence."""
        return Catalog(
            self.builds | other.builds,
            self.compute_templates | other.compute_templates,
            self.instance_types | other.instance_types,
        )


SECTIONS = Catalog.__struct_fields__


def catalog_of(seed: Mapping[str, Any], problems: list[str]) -> Catalog:
    """The catalog of a seed. If its sections are invalid, their problems are added to `problems`, and it is empty."""
    sections = {name: seed[name] for name in SECTIONS if name in seed}
    found = [
        # A problem without a place is one of the whole section, for example an id that is not a string.
        f"{'.'.join(map(str, problem.loc or (name,)))}: {problem.msg}"
        for name in sections
        for problem in _validator().problems({name: sections[name]}, ())
    ]
    problems += found
    # The validator accepts 4.0 as an integer, and so does `strict=False`.
    return Catalog() if found else msgspec.convert(sections, Catalog, strict=False)


@functools.cache
def _validator() -> Validator:
    return Validator(jsonschema_rs.Draft202012Validator(msgspec.json.schema(Catalog)))
