"""Validation against the schemas of the OpenAPI document, with problems worded as in upstream's 422 responses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import quote

import jsonschema_rs

from ..errors import Loc, Problem
from ..spec import Pointer, Spec

DOCUMENT_URI = "urn:openapi"
# A response names no more problems, and shows no more of a name that the sender has chosen.
MAX_PROBLEMS = 100
MAX_NAME_CHARACTERS = 100
# The items of lists that are searched for problems, after a value was found to be invalid.
MAX_ITEMS = 1000

# By JSON type: the message, and the type of the problem, for a value of another type.
TYPE_WORDING = {
    "string": ("str type expected", "type_error.str"),
    "integer": ("value is not a valid integer", "type_error.integer"),
    "number": ("value is not a valid float", "type_error.float"),
    "boolean": ("value could not be parsed to a boolean", "type_error.bool"),
    "array": ("value is not a valid list", "type_error.list"),
    "object": ("value is not a valid dict", "type_error.dict"),
    "null": ("value is not none", "type_error.not_none"),
}
# By keyword: the message, with the keyword's value in it, and the type of the problem.
WORDING = {
    "enum": ("value is not a valid enumeration member; permitted: {0}", "type_error.enum"),
    "const": ("unexpected value; permitted: {0}", "value_error.const"),
    "minimum": ("ensure this value is greater than or equal to {0}", "value_error.number.not_ge"),
    "maximum": ("ensure this value is less than or equal to {0}", "value_error.number.not_le"),
    "exclusiveMinimum": ("ensure this value is greater than {0}", "value_error.number.not_gt"),
    "exclusiveMaximum": ("ensure this value is less than {0}", "value_error.number.not_lt"),
    "multipleOf": ("ensure this value is a multiple of {0}", "value_error.number.not_multiple"),
    "minLength": ("ensure this value has at least {0} characters", "value_error.any_str.min_length"),
    "maxLength": ("ensure this value has at most {0} characters", "value_error.any_str.max_length"),
    "minItems": ("ensure this value has at least {0} items", "value_error.list.min_items"),
    "maxItems": ("ensure this value has at most {0} items", "value_error.list.max_items"),
    "uniqueItems": ("the list has duplicated items", "value_error.list.unique_items"),
    "pattern": ('string does not match regex "{0}"', "value_error.str.regex"),
    "format": ("invalid {0} format", "value_error.{0}"),
}
# It is reused, because creating one costs more than encoding a short value.
_ENCODER = json.JSONEncoder(ensure_ascii=False)
OTHER_WORDING = ("value breaks the rule '{1}' of the schema", "value_error.{1}")


class Validator:
    """One compiled schema."""

    def __init__(self, compiled: jsonschema_rs.Validator) -> None:
        self._compiled = compiled
        # Whether a value is valid; for values that cannot be nested, and are valid Unicode.
        self.is_valid = compiled.is_valid

    def problems(self, value: Any, loc: Loc) -> list[Problem]:
        """The problems of the value at `loc`, 100 at most; empty if it is valid."""
        try:
            # The library does not check strings that no rule applies to.
            _ENCODER.encode(value).encode()
            if self._compiled.is_valid(value):
                return []
            errors = list(self._compiled.iter_errors(_beginning(value, [MAX_ITEMS])))
            if not errors:
                self._compiled.validate(value)
        except jsonschema_rs.ValidationError as error:
            errors = [error]  # it is not at the beginning
        except UnicodeEncodeError:
            return [Problem(loc, "text contains a lone surrogate", "value_error.unicode")]
        except TypeError:
            return [Problem(loc, "value is not a JSON value", "type_error.json")]
        except (RecursionError, ValueError):
            return [Problem(loc, "value is nested too deeply", "value_error.depth")]
        # A value of the wrong type may break other rules as well. Reporting those would not help.
        mistyped = {tuple(error.instance_path) for error in errors if error.kind.name == "type"}
        found = dict.fromkeys(
            problem
            for error in errors
            if error.kind.name == "type" or tuple(error.instance_path) not in mistyped
            for problem in _to_problems(error, loc)
        )
        return sorted(found, key=lambda problem: (str(problem.loc), problem.type))[:MAX_PROBLEMS]


class Validators:
    """The compiled schemas of one OpenAPI document. Each is compiled at its first use."""

    def __init__(self, spec: Spec) -> None:
        self._registry = jsonschema_rs.Registry([(DOCUMENT_URI, dict(spec.document))])
        self._compiled: dict[Pointer, Validator] = {}

    def compile(self, schema: Pointer) -> Validator:
        """The validator of the schema at a place of the document."""
        if schema not in self._compiled:
            pointer = "".join("/" + quote(str(key).replace("~", "~0").replace("/", "~1")) for key in schema)
            self._compiled[schema] = Validator(
                jsonschema_rs.Draft202012Validator(
                    {"$ref": f"{DOCUMENT_URI}#{pointer}"}, registry=self._registry, validate_formats=True, offline=True
                )
            )
        return self._compiled[schema]


def _beginning(value: Any, items_left: list[int]) -> Any:
    """A value whose lists together have no more items than are left."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: _beginning(member, items_left) for name, member in members.items()}
    if not isinstance(value, list):
        return value
    kept: list[Any] = []
    for item in cast("list[Any]", value):  # type: ignore[redundant-cast]
        if items_left[0] <= 0:
            break
        items_left[0] -= 1
        kept.append(_beginning(item, items_left))
    return kept


def _to_problems(error: jsonschema_rs.ValidationError, loc: Loc) -> Iterator[Problem]:
    """The problems that one error of the library describes. They never repeat the value."""
    here = (*loc, *error.instance_path)
    keyword = error.kind.name
    if keyword in SPECIAL:
        yield from SPECIAL[keyword](error.kind, here)
        return
    msg, kind = WORDING.get(keyword, OTHER_WORDING)
    rule = _rule(error.kind)
    yield Problem(here, msg.format(rule, keyword), kind.format(rule, keyword))


def _missing(kind: jsonschema_rs.ValidationErrorKind, here: Loc) -> Iterator[Problem]:
    yield Problem((*here, kind.as_dict()["property"]), "field required", "value_error.missing")


def _unexpected(kind: jsonschema_rs.ValidationErrorKind, here: Loc) -> Iterator[Problem]:
    for name in kind.as_dict()["unexpected"][:MAX_PROBLEMS]:
        yield Problem((*here, name[:MAX_NAME_CHARACTERS]), "extra fields not permitted", "value_error.extra")


def _mistyped(kind: jsonschema_rs.ValidationErrorKind, here: Loc) -> Iterator[Problem]:
    expected = min(kind.as_dict()["types"], key=lambda name: name == "null")
    yield Problem(here, *TYPE_WORDING[expected])


def _forbidden(kind: jsonschema_rs.ValidationErrorKind, here: Loc) -> Iterator[Problem]:
    schema = kind.as_dict()["schema"]
    msg = f'string must not match regex "{schema["pattern"]}"' if "pattern" in schema else "value is not permitted"
    yield Problem(here, msg, "value_error.not")


SPECIAL: dict[str, Callable[[jsonschema_rs.ValidationErrorKind, Loc], Iterator[Problem]]] = {
    "required": _missing,
    "additionalProperties": _unexpected,
    "unevaluatedProperties": _unexpected,
    "type": _mistyped,
    "not": _forbidden,
}


def _rule(kind: jsonschema_rs.ValidationErrorKind) -> str:
    """The value of the keyword that was broken, for the message."""
    values: list[Any] = [*kind.as_dict().values()]
    options: list[Any] = values[0] if kind.name == "enum" else values
    return ", ".join(map(str, options))
