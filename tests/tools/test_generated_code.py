"""Code generated from a changed spec (gadgets.yaml) has the right names, types, defaults and secrets."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from types import ModuleType
from typing import Any
from uuid import UUID

import attrs
import pytest

Gadgets = Callable[[str], ModuleType]

PART = {"id": "p1", "parts": [{"id": "p2"}]}
SMALLEST = {"id": "g1", "colour": "red", "parts": [PART]}
DEFAULTS = {
    "ratio": 0.75,
    "flag": True,
    "since": datetime(2024, 1, 1, tzinfo=UTC),
    "day": date(2024, 1, 1),
    "uid": UUID("12345678-1234-5678-1234-567812345678"),
    "word": 'it\'s "x"\n\\ 🌒',
    "number": 3,
    "chosen_colour": "dark green",
    "nullable_colour": "red",
    "colours": ["red", "1st"],
    "no_parts": [],
    "counts": {},
    "fixed_default": "y",
    "inline_enum": "b",
}
SECRETS = {
    "secret": "hidden-1",
    "secret_by_reference": "hidden-2",
    "secret_or_null": "hidden-3",
    "secret_list": ["hidden-4"],
    "secret_map": {"key": "hidden-5"},
    "secret_to_write": "hidden-6",
}


@pytest.fixture
def models(gadgets: Gadgets) -> Any:
    """The generated models."""
    return gadgets("models")


@pytest.fixture
def smallest(models: Any) -> Any:
    """A gadget of which only what must be given is given."""
    return models.GadgetIn(
        id="g1", colour=models.Colour.RED, parts=[models.Part(id="p1", parts=[models.Part(id="p2")])]
    )


def test_defaults_hold_when_constructed(smallest: Any) -> None:
    """A field that is not given has the spec's default, of its type, or else None."""
    for name, value in attrs.asdict(smallest, recurse=False).items():
        if name not in SMALLEST:
            assert value == DEFAULTS.get(name), name
            assert type(value) is type(DEFAULTS.get(name)) or isinstance(value, str), name


@pytest.mark.parametrize("name", ["Gadget", "GadgetIn"])
def test_defaults_hold_when_absent(models: Any, name: str) -> None:
    """A field that a response, or a file, leaves out has the spec's default."""
    read = getattr(models, name).from_dict(SMALLEST | {"kind": "k"})
    assert {field: getattr(read, field) for field in DEFAULTS} == DEFAULTS


def test_defaults_hold_when_null(models: Any) -> None:
    """In a response null means the same as absent, for every kind of default."""
    read = models.Gadget.from_dict(SMALLEST | dict.fromkeys(DEFAULTS))
    assert {field: getattr(read, field) for field in DEFAULTS} == DEFAULTS
    assert read.inherited_list == ["q"]


def test_default_lists_are_not_shared(models: Any) -> None:
    """Each model has lists and maps of its own."""
    one, other = (models.Gadget.from_dict(SMALLEST) for _ in range(2))
    one.colours.append("x")
    one.counts["x"] = 1
    assert other.colours == ["red", "1st"]
    assert other.counts == {}


def test_names_on_the_wire_are_the_specs(smallest: Any, models: Any) -> None:
    """Every name on the wire is the spec's, also an odd one, and what is not given is not sent, at any depth."""
    smallest.foo_bar, smallest.copy, smallest.items, smallest.type = "a", "b", ["c"], "d"
    smallest.part_map = {"x": models.Part(id="p3")}
    smallest.inline = models.GadgetInInline(deep=models.GadgetInInlineDeep(b="e"))
    smallest.labels, smallest.anything = {"l": "m"}, {"n": [None]}
    assert smallest.to_dict() == SMALLEST | DEFAULTS | {
        "since": "2024-01-01T00:00:00Z",
        "day": "2024-01-01",
        "uid": "12345678-1234-5678-1234-567812345678",
        "fooBar": "a",
        "copy": "b",
        "items": ["c"],
        "type": "d",
        "part_map": {"x": {"id": "p3"}},
        "inline": {"deep": {"b": "e"}},
        "labels": {"l": "m"},
        "anything": {"n": [None]},
    }
    assert models.GadgetIn.from_json(smallest.to_json()) == smallest


def test_everything_comes_back(models: Any) -> None:
    """A model with a value in every field survives JSON, a dict, a copy and a pickle."""
    values = SMALLEST | SECRETS | {
        "fooBar": "a", "items": ["b"], "date": "2024-02-29", "datetime": "2024-01-01T01:00:00Z", "count": 10,
        "nested": [[1], []], "part": PART, "part_map": {"x": PART}, "labels": {"a": "b"}, "counts": {"a": 1},
        "anything": [1, None, {"a": 2.5}], "union": 5, "part_or_text": "text", "fixed": "x", "inline_enum": "new",
        "inline": {"a": "b", "deep": {"b": "c"}}, "kind": "k", "inherited_secret": "s", "inherited_list": [],
    }  # fmt: skip
    gadget = models.Gadget.from_dict(values)
    assert gadget.part_or_text == "text"
    assert gadget.part.parts[0].id == "p2"
    assert values.items() <= gadget.to_dict().items()
    for again in (
        models.Gadget.from_dict(gadget.to_dict()),
        models.Gadget.from_json(gadget.to_json()),
        copy.deepcopy(gadget),
        copy.copy(gadget),
        pickle.loads(pickle.dumps(gadget)),
    ):
        assert again == gadget
    union = models.Gadget.from_dict(SMALLEST | {"part_or_text": PART, "union": "u"})
    assert union.part_or_text == models.Part.from_dict(PART)


def test_limits_of_a_request_are_checked(gadgets: Gadgets, models: Any) -> None:
    """What the spec says of a value that is sent is checked when it is read."""
    undecodable = gadgets("types").DecodeError
    for name, value in [
        ("count", 11), ("level", 0), ("level", 3), ("depth", -1), ("depth", 3), ("ratio", 0.5), ("word", " x"),
        ("colours", []), ("number", "3"), ("flag", 1), ("uid", "x"), ("fixed", "secret"), ("day", "2024-13-01"),
    ]:  # fmt: skip
        with pytest.raises(undecodable, match=re.escape(f"$.{name}")) as caught:
            models.GadgetIn.from_dict(SMALLEST | {name: value})
        assert "secret" not in str(caught.value)
    fitting = {"count": 1, "level": 1, "depth": 0, "ratio": 0.51, "word": "x "}
    assert models.GadgetIn.from_dict(SMALLEST | fitting).count == 1
    assert models.GadgetIn.from_dict(SMALLEST | fitting | {"level": 2, "depth": 2}).level == 2


def test_no_secret_shows(models: Any) -> None:
    """What the spec marks as secret shows in no repr: directly, by reference, or null, in a list, a map, inherited."""
    gadget = models.Gadget.from_dict(
        SMALLEST
        | SECRETS
        | {
            "kind": "shown",
            "inherited_secret": "hidden-7",
            "anything": {"deep": [{"secret": "hidden-8", "open": "shown-2"}]},
            "part_map": {"secret": PART, "open": {"id": "shown-3"}},
        }
    )
    shown = repr(gadget)
    assert "hidden" not in shown
    assert all(word in shown for word in ("kind='shown'", "'open': 'shown-2'", "shown-3", "'secret': '***'"))
    types = inspect.getmodule(models.Gadget.__mro__[1])
    assert SECRETS.keys() <= types.SECRET_FIELDS  # type: ignore[union-attr]


def test_odd_values_of_enums_are_kept(models: Any) -> None:
    """An enum's values are the spec's, whatever is in them."""
    assert [member.value for member in models.Colour] == ["red", "dark green", 'q"uo\\te', "1st", ""]
    assert models.Colour.DARK_GREEN.is_known
    assert not models.Colour("blue").is_known


def test_documentation_is_the_specs(gadgets: Gadgets, models: Any) -> None:
    """Texts of the spec stand in the docs as they are: quotes, backslashes, braces; addresses are not broken."""
    assert models.Part.__doc__.strip() == 'Says """hi""" {{ 7 * 7 }} {% raw %} in "quotes"'
    assert models.Colour.__doc__.strip() == "Ends in a backslash \\"
    documented = gadgets("client").SyncApi.put_gadget.__doc__
    assert documented.startswith("Put it!\n")
    assert "it-leads-nowhere\n" in documented
    assert "- one\n        - two\n" in documented
    assert "gadget_id: Which gadget.\n" in documented


# The operations, through a client that only remembers them.


@pytest.fixture
def sent(gadgets: Gadgets) -> Callable[..., Any]:
    """What a method of the client sends."""
    found: list[Any] = []

    class Recorder(gadgets("client").SyncApi):  # type: ignore[misc]
        def _send(self, operation: Any) -> Any:
            found.append(operation)
            return "sent"

        def _send_page(self, operation: Any) -> Any:
            found.append(operation)
            return "sent as a page"

    def send(name: str, /, *arguments: Any, **options: Any) -> Any:
        how = getattr(Recorder(), name)(*arguments, **options)
        return how, found.pop()

    return send


def test_operation_is_sent_as_the_spec_says(sent: Callable[..., Any], smallest: Any, models: Any) -> None:
    """Path, query, body and response of a new operation are the spec's; what is not given is left out of the query."""
    uid = UUID("12345678-1234-5678-1234-567812345678")
    at = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    query = {
        "must": "m", "number": 1, "flag": False, "day": date(2024, 1, 1), "at": at, "colours": [models.Colour.RED],
        "kind": "x", "fixed": "z", "page_size": 5, "query": "q", "list": "l", "name": "n",
    }  # fmt: skip
    how, operation = sent("put_gadget", "g1", uid, smallest, **query)
    assert how == "sent"
    assert (operation.id, operation.method) == ("put_gadget", "POST")
    assert operation.path.format(**operation.path_values) == f"/gadgets/g1/parts/{uid}"
    assert operation.query == query
    assert operation.body is smallest
    assert operation.envelope == "result"
    assert operation.response.from_dict({"result": SMALLEST}).result == models.Gadget.from_dict(SMALLEST)
    assert set(operation.types) == {*query, "ratio", "uid", "numbers", "maybe", "gadget_id", "part_id", "body"}
    assert operation.types["colours"] == list[models.Colour]


@pytest.mark.parametrize(
    ("name", "how", "method", "envelope"),
    [
        ("list_gadgets", "sent as a page", "GET", "results"),
        ("drop_gadgets", "sent", "DELETE", None),
        ("mix_gadget", "sent", "POST", None),
        ("map_gadgets", "sent", "GET", None),
        ("find_gadget", "sent", "GET", "result"),
    ],
)
def test_responses_are_what_the_spec_says(
    sent: Callable[..., Any], name: str, how: str, method: str, envelope: str | None
) -> None:
    """A list with metadata is a page, `result` alone is an envelope; a 204, a map or any other model is as it is."""
    sent_as, operation = sent(name)
    assert (sent_as, operation.method, operation.envelope) == (how, method, envelope)


def test_operation_and_tag_may_have_one_name(gadgets: Gadgets, sent: Callable[..., Any]) -> None:
    """An operation that is named as its tag is can be sent, and stands in `api` with an underscore."""
    assert gadgets("api").map_gadgets_() == sent("map_gadgets")[1]
    assert gadgets("api.map_gadgets.map_gadgets").map_gadgets is gadgets("api").map_gadgets_


def test_body_with_defaults_only_may_be_left_out(sent: Callable[..., Any]) -> None:
    """Where no field of the body must be given, the body need not be either."""
    _, operation = sent("mix_gadget")
    assert operation.body.to_json() == b"{}"


def test_signatures_have_the_types(gadgets: Gadgets) -> None:
    """The signatures of the methods say what is taken and returned."""
    signatures = {
        name: str(inspect.signature(getattr(gadgets("client").SyncApi, name)))
        for name in ("list_gadgets", "drop_gadgets", "mix_gadget", "map_gadgets", "find_gadget", "put_gadget")
    }
    assert signatures["list_gadgets"] == "(self, *, paging_token: 'str | None' = None) -> 'Page[models.Gadget]'"
    assert signatures["drop_gadgets"] == "(self) -> 'None'"
    body = "models.MixGadgetBody | Mapping[str, Any] | None"
    assert signatures["mix_gadget"] == f"(self, body: '{body}' = None) -> 'models.Mixed'"
    assert signatures["map_gadgets"] == "(self) -> 'dict[str, models.Part]'"
    assert signatures["find_gadget"] == "(self) -> 'models.Part | None'"
    assert signatures["put_gadget"].startswith(
        "(self, gadget_id: 'str', part_id: 'UUID', body: 'models.GadgetIn | Mapping[str, Any]', must: 'str',"
        " *, number: 'int | None' = None,"
    )
    assert signatures["put_gadget"].endswith(" -> 'models.Gadget'")
