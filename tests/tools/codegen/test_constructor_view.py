"""tools/codegen/constructor_view.py: the generated constructor accepts less than the full check, never more."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions._validation.fields import check, shapes_of
from codegen.constructor_view import NOT_BLANK
from codegen.generator import generate
from codegen.generator_input import for_the_generator

Spec = dict[str, Any]
Make = Callable[..., Any]

BLANK_PATTERN = json.loads(NOT_BLANK["pattern"])
ACCESS = {"$ref": "#/components/schemas/UserServiceAccessTypes"}
# Schemas of fields that must be given, with a right value. For some kinds there is one more field without line breaks.
REQUIRED: dict[str, tuple[Spec, Any]] = {
    "text": ({"type": "string"}, "a"),
    "flag": ({"type": "boolean"}, True),
    "number": ({"type": "integer"}, 5),
    "type": ({"type": "integer", "minimum": -1}, -1),
    "between": ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3}, 1),
    "one_or_two": ({"type": "integer", "minimum": 1, "maximum": 2}, 2),
    "long": ({"type": "string", "minLength": 2}, "ab"),
    "short": ({"type": "string", "maxLength": 3, "pattern": "^[a-z]"}, "abc"),
    "not_blank": ({"type": "string", "minLength": 1, "pattern": BLANK_PATTERN}, "a"),
    "long_not_blank": ({"type": "string", "minLength": 2, "pattern": BLANK_PATTERN}, "ab"),
    "access": (ACCESS, "public"),
    "vars": ({"type": ["string", "null"]}, None),
    "text_or_null": ({"type": ["string", "null"], "maxLength": 3}, None),
    "texts_or_null": ({"type": ["array", "null"], "items": {"type": "string"}}, None),
}
OPTIONAL: dict[str, tuple[Spec, Any]] = {
    "resolved": ({"type": "string"}, None),
    "optional_flag": ({"type": "boolean"}, None),
    "optional_number": ({"type": "integer", "minimum": 1, "maximum": 1}, None),
    "optional_access": (ACCESS, None),
    "texts": ({"type": "array", "items": {"type": "string"}}, None),
    "no_b": ({"type": "string", "maxLength": 3, "not": {"pattern": "b"}}, None),
    "either": ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, None),
    "is_encodable": ({"type": "integer", "default": 5}, 5),
    "fraction": ({"type": "number", "default": 0.75}, 0.75),
    "fraction_or_null": ({"type": ["number", "null"], "default": 0.75}, 0.75),
    "private": ({**ACCESS, "default": "private"}, "private"),
    "labels": ({"type": "array", "items": {"type": "string"}, "default": ["a"]}, ["a"]),
    "counts": ({"type": "object", "additionalProperties": {"type": "integer"}, "default": {}}, {}),
}
CONTROL = r"[\u0000-\u001f\u007f-\u009f]"
ID_KINDS = ("text", "short", "long_not_blank", "not_blank")
GIVEN = {"name": "n", "project_id": "p", "cluster_config": "a: 1", "cloud_id": "c"}

texts = st.text(st.sampled_from("ab \n\x00é名\u200b\ud800"), max_size=4)
values = st.none() | st.booleans() | st.integers() | st.integers(-3, 4) | st.floats() | texts
values |= st.sampled_from(["public", "private", [], {}, [1], ["a"], {"a": "\ud800"}, b"", attrs.NOTHING])


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


class SlowPath(Exception):
    """The constructor asks for the full check."""


def schema_of(spec: Spec) -> Spec:
    """The schema of the model that gets a constructor."""
    schema: Spec = spec["components"]["schemas"]["CreateSession"]
    return schema


def written(spec: Spec, folder: Path, name: str, repository: Path) -> list[str]:
    """Generate a package of this name from the spec; the problems."""
    (folder / "spec.json").write_text(json.dumps(for_the_generator(spec)), encoding="utf-8")
    settings = repository / "generator-config.yml"
    return list(generate(folder / "spec.json", settings, repository / "templates", folder / name))


@pytest.fixture(scope="module")
def module(repository_spec: Spec, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The generated module of a model with a field of each kind."""
    spec, folder = copy.deepcopy(repository_spec), tmp_path_factory.mktemp("constructor")
    schema = schema_of(spec)
    ids = {f"{kind}_id": ({**REQUIRED[kind][0], "not": {"pattern": CONTROL}}, None) for kind in ID_KINDS}
    for name, (field, _) in {**REQUIRED, **ids, **OPTIONAL}.items():
        schema["properties"][name] = field
    schema["required"] += [*REQUIRED, *ids]
    assert written(spec, folder, "constructor_api", repository) == []
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("constructor_api.models.create_session")


@pytest.fixture(scope="module")
def make(module: ModuleType) -> Make:
    """What creates an instance with these fields and right values for the others, or raises `SlowPath`."""

    class Quick(module.CheckedCreateSession):  # type: ignore[name-defined,misc]
        __slots__ = ()
        __setattr__ = None  # as in a class that checks each assignment

        _resolve_token = staticmethod(lambda _access, token, _job: token)

        def _validate_slow(self, arguments: Any) -> None:
            raise SlowPath(*arguments.value)

    right = {name: value for name, (_, value) in REQUIRED.items()}
    right |= {f"{kind}_id": REQUIRED[kind][1] for kind in ID_KINDS}
    return lambda *positional, **fields: Quick(*positional, **{**GIVEN, **right, **fields})


def field_names() -> list[str]:
    """The names of all fields that take part."""
    return ["name", "cloud_id", "cluster_config", *REQUIRED, *OPTIONAL, *(f"{kind}_id" for kind in ID_KINDS)]


@given(st.sampled_from(field_names()), values | texts.map(Text))
def test_the_constructor_accepts_only_what_the_full_check_accepts(
    make: Make, module: ModuleType, name: str, value: Any
) -> None:
    """A value that the constructor accepts is right for the full check, which keeps the same value."""
    try:
        quickly = getattr(make(**{name: value}), name)
    except SlowPath:
        return
    field = shapes_of(module.CreateSession)[name]
    kept, problem = check(name, field.default if value is attrs.NOTHING else value, field)
    blank = name in GIVEN and name != "name" and not (value or "").strip()
    assert not blank
    assert (type(kept), kept, problem) == (type(quickly), quickly, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "noche é"),
        ("cluster_config", "a: é\nb: 1\n"),
        ("cluster_config", "a: 1\nb: 1\n"),
        ("text", ""),
        ("text", "a\nb"),
        ("text_id", "ses_1"),
        ("flag", False),
        ("number", 2**63 - 1),
        ("number", -(2**63)),
        ("type", -1),
        ("between", 2),
        ("one_or_two", 1),
        ("long", "abc"),
        ("short", "a"),
        ("short_id", "abc"),
        ("not_blank", "noche é"),
        ("not_blank_id", "noche é"),
        ("vars", "a"),
        ("text_or_null", ""),
        ("optional_flag", True),
        ("optional_number", 1),
        ("is_encodable", 6),
    ],
)
def test_the_constructor_accepts_usual_values(make: Make, name: str, value: Any) -> None:
    """A value of the type and within the limits of its field is kept as it is, without the full check."""
    assert getattr(make(**{name: value}), name) is value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flag", 1),
        ("flag", 0),
        ("number", 2**63),
        ("number", -(2**63) - 1),
        ("number", True),
        ("type", -2),
        ("between", 0),
        ("between", 3),
        ("one_or_two", 3),
        ("name", ""),
        ("name", " "),
        ("name", "a\n"),
        ("text_id", "a\n"),
        ("text", None),
        ("text", 5),
        ("text", "\ud800"),
        ("text", attrs.NOTHING),
        ("long", "a"),
        ("long_not_blank", "a"),
        ("long_not_blank", "  "),
        ("short", "abcd"),
        ("short", "1"),
        ("short_id", "a\n"),
        ("text_or_null", "abcd"),
        ("no_b", "a"),
        ("no_b", "b"),
        ("access", "new"),
        ("texts", ["a"]),
        ("texts_or_null", ["a"]),
        ("either", "a"),
        ("fraction", 0.75),
        ("labels", ["a"]),
        ("counts", {}),
        ("cloud_id", None),
        ("cluster_config", "\n"),
        ("uses_app_config", True),
    ],
)
def test_the_constructor_leaves_other_values_to_the_full_check(make: Make, name: str, value: Any) -> None:
    """A value that is wrong, or of a type that takes long to check, is left to the full check."""
    with pytest.raises(SlowPath):
        make(**{name: value})


@pytest.mark.parametrize("name", OPTIONAL)
def test_a_field_that_is_not_given_has_its_default(make: Make, name: str) -> None:
    """A field that is not given has its default, without the full check, and a mutable one belongs to the instance."""
    expected = OPTIONAL[name][1]
    one, other = make(), make()
    assert getattr(one, name) == expected
    assert (getattr(one, name) is getattr(other, name)) is not isinstance(expected, (list, dict))


def test_the_full_check_gets_all_arguments(make: Make) -> None:
    """Positional and unknown arguments go to the full check, together with all fields and their defaults."""
    with pytest.raises(SlowPath) as caught:
        make("a", nmae="b")
    positional, fields = caught.value.args
    assert positional == ("a",)
    assert (fields["nmae"], fields["name"], fields["labels"], fields["is_encodable"]) == ("b", "n", ["a"], 5)


def test_the_string_of_an_enum_becomes_its_member(make: Make, module: ModuleType) -> None:
    """The exact string of an enum becomes the member, in each field of the enum."""
    made = make(access="public", optional_access="private")
    members = module.UserServiceAccessTypes
    assert (made.access, made.optional_access) == (members.PUBLIC, members.PRIVATE)
    assert type(made.access) is type(made.optional_access) is members


def test_an_unknown_member_of_an_enum_is_left_to_the_full_check(make: Make, module: ModuleType) -> None:
    """A member that the spec does not have is left to the full check."""
    with pytest.raises(SlowPath):
        make(access=module.UserServiceAccessTypes("new"))


def test_the_token_is_resolved_from_the_other_fields(make: Make) -> None:
    """The field that the subclass resolves has the value that `_resolve_token` returns."""
    assert make(user_service_token="t").user_service_token == "t"


def test_the_signature_has_every_field(module: ModuleType) -> None:
    """The constructor has a parameter with the type and the default of each field."""
    parameters = inspect.signature(module.CheckedCreateSession).parameters
    assert {*field_names(), "positional", "unknown"} <= set(parameters)
    assert parameters["is_encodable"].default == 5
    assert parameters["labels"].default is parameters["text"].default is attrs.NOTHING
    assert parameters["optional_access"].annotation == "UserServiceAccessTypes | Literal['private', 'public'] | None"


def test_json_of_fields_that_need_conversion_is_that_of_the_model(make: Make, module: ModuleType) -> None:
    """If a field can hold more than texts, numbers and flags, `_to_json_fast` gives the JSON of the model."""
    made = make()
    assert made._to_json_fast() == module.CreateSession.to_json(made)


def test_a_required_field_that_takes_long_to_check_is_always_left_to_the_full_check(
    repository_spec: Spec, repository: Path, tmp_path: Path
) -> None:
    """The condition of a required field of a list is false."""
    spec = copy.deepcopy(repository_spec)
    schema_of(spec)["properties"]["tags"] = {"type": "array", "items": {"type": "string"}}
    schema_of(spec)["required"].append("tags")
    assert written(spec, tmp_path, "required_list_api", repository) == []
    text = (tmp_path / "required_list_api" / "models" / "create_session.py").read_text(encoding="utf-8")
    assert "and (False)" in text or "and False" in text


def test_the_pattern_for_not_blank_is_that_of_isspace() -> None:
    """The pattern that `str.isspace` replaces finds exactly the characters that are no whitespace for Python."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert re.sub(BLANK_PATTERN, "", everything) == "".join(filter(str.isspace, everything))
