"""Check a generated package against the spec it was made from: `python -m codegen.package_check FOLDER`.

The last check of the generator: each name that it dropped, renamed or misread is one line, and nothing is published.
It runs in a process of its own, because it imports the package, whose folder holds the spec as openapi.json.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import msgspec

from spec.navigate import Node, is_secret, mapping, operations, parts_of, properties_of, sequence
from spec.python_names import class_aliases
from spec.unions import Unions, is_union
from spec.wire import operation_name, parameters_of, path_of


def main(folder: Path) -> int:
    """Print every difference; 1 where there is one."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder.parent))
    spec: Node = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    try:
        models, client = (import_module(f"{folder.name}.{name}") for name in ("models", "client"))
        problems = list(_model_problems(spec, models)) or list(_operation_problems(spec, client))
    except Exception as error:  # noqa: BLE001 - every error of generated code is one line, too
        problems = [f"the package cannot be used: {type(error).__name__}: {error}"]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def _model_problems(spec: Node, models: ModuleType) -> Iterator[str]:
    declared = mapping(mapping(spec.get("components")).get("schemas"))
    classes = class_aliases(declared)
    tags = {union.tag for _, union in Unions(spec).tagged()}
    for name, class_ in classes.items():
        schema: Node = mapping(declared[name])
        kind: Any = getattr(models, class_, None) if class_ in models.__all__ else None
        place, fields = f"components.schemas.{name}", properties_of(spec, schema)
        values = [value for value in sequence(schema.get("enum")) if value is not None]
        if values and [member.value for member in kind or ()] != values:
            yield f"{place}.enum: the values were not generated as they are"
        if fields and "$ref" not in schema and not is_union(schema):
            yield from _field_problems(spec, place, fields, kind, tags)
    unreadable: dict[str, list[str]] = {}
    for name in sorted(models.__all__):
        kind = getattr(models, name, None)
        reason = "" if kind is None else _reading_problem(kind)
        if reason:
            unreadable.setdefault(reason, []).append(name)
    for reason, names in unreadable.items():  # A model that cannot be read takes those with it that hold it.
        yield f"components.schemas: {', '.join(names)}: {reason}"


def _reading_problem(kind: Any) -> str:
    try:
        msgspec.json.Decoder(kind)
    except Exception as error:  # noqa: BLE001 - a pattern that is none, a name that is not defined, ...
        return f"cannot be read from JSON: {error}"
    return ""


def _field_problems(spec: Node, place: str, fields: Node, kind: Any, tags: set[str]) -> Iterator[str]:
    rules = kind.__wire__ if kind is not None else None
    generated = {rules.names.get(field.name, field.name): field for field in attrs.fields(kind)} if rules else {}
    generated.pop(rules.extra if rules else "", None)
    # A model that is only sent is without what cannot be sent; a member of a union has what tells it apart.
    missing = {name for name in set(fields) - set(generated) if not _is_read_only(spec, fields[name])}
    odd = missing | (set(generated) - set(fields) - tags)
    if odd:
        yield f"{place}: the fields were not generated as they are: {', '.join(sorted(odd))}"
        return
    for name, schema in ((name, mapping(fields[name])) for name in fields if name in generated):
        if "default" in schema and not _is_default(generated[name].default, schema["default"]):
            yield f"{place}.properties.{name}.default: was not generated as it is"
        if is_secret(spec, schema) and generated[name].repr is not False:
            yield f"{place}.properties.{name}: is secret, and would be shown"


def _is_read_only(spec: Node, schema: Any) -> bool:
    return any(mapping(part).get("readOnly") is True for part in parts_of(spec, schema))


def _is_default(declared: Any, wanted: object) -> bool:
    factory: Any = getattr(declared, "factory", None)
    value: Any = factory() if factory else declared
    try:
        return bool(msgspec.convert(wanted, type(value)) == value)  # pyright: ignore[reportUnknownArgumentType]
    except msgspec.ValidationError:
        return False


def _operation_problems(spec: Node, client: ModuleType) -> Iterator[str]:
    kinds = (client.SyncApi, client.AsyncApi)
    sent: list[Any] = []

    class Recorder(client.SyncApi):  # type: ignore[name-defined,misc]
        def _send(self, operation: object) -> None:
            sent.append(operation)

        _send_page = _send

    recorder: Any = Recorder()
    for place, path, method, operation in operations(spec):
        name, parameters = operation_name(operation), parameters_of(spec, operation)
        if not all(hasattr(kind, name) for kind in kinds):
            yield f"{place}: {name} was not generated"
            continue
        call = getattr(recorder, name)
        call(**dict.fromkeys(inspect.signature(call).parameters, "a value"))
        made = sent.pop()
        for reason in filter(None, map(_reading_problem, (made.response, *made.types.values()))):
            yield f"{place}: {reason}"
        wanted = (operation["operationId"], method.upper(), path_of(path, parameters))
        if (made.id, made.method, made.path) != wanted:
            yield f"{place}: {name} was generated as {made.method} {made.path}"
        for where, values in (("query", made.query), ("header", made.headers), ("cookie", made.cookies)):
            names = [made.names.get(argument, argument) for argument in values]
            if sorted(names) != sorted(each.wire_name for each in parameters if each.place == where):
                yield f"{place}: the parameters in {where} were not generated as they are: {', '.join(names)}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
