"""tools/codegen/reference_page.py: docs/reference.md has all that the spec describes, as users get it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codegen.reference_page import reference
from spec.navigate import operations, properties_of

Project = Any
Spec = dict[str, Any]


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    """The project's own page."""
    return (repository / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def gadgets_page(gadgets_project: Project) -> str:
    """The page of a spec that has everything a spec may have."""
    text: str = gadgets_project.page.read_text(encoding="utf-8")
    return text


def sections(page: str) -> dict[str, str]:
    """The text below each heading."""
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in page.split("\n### ")[1:]}


def test_page_says_how_it_is_made(page: str) -> None:
    """The first line says that the page is not to be edited, and what to run."""
    assert page.startswith(
        "<!-- Generated from openapi.yaml: do not edit. Change the spec, then run: tox -e generate -->\n"
    )


def test_every_operation_is_there(page: str, spec: Spec) -> None:
    """Each operation has its signature, route, documentation, arguments and statuses, below its tag."""
    parts = sections(page)
    for _, path, method, operation in operations(spec):
        part = parts[operation["operationId"]]
        assert f"`{method.upper()} {path}`" in part
        assert operation["summary"] in part
        assert " ".join(operation["description"].split()) in " ".join(part.split())
        assert all(f"| {status} | " in part for status in operation["responses"])
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        *(f"## Operations: {tag['name']}" for tag in spec["tags"]),
        "## Models",
        "## Enums",
    ]


def test_every_model_and_enum_is_there(page: str, spec: Spec) -> None:
    """Each model has its fields with their documentation, and each enum its values."""
    parts = sections(page)
    for name, schema in spec["components"]["schemas"].items():
        for field, described in properties_of(spec, schema).items():
            assert f"| `{field}` | " in parts[name]
            assert " ".join(described["description"].split()) in parts[name]
        for value in schema.get("enum", ()):
            assert f" | `{value}` |" in parts[name]


def test_fields_are_marked(page: str) -> None:
    """A field says whether it is required or secret, its type and its default."""
    fields = sections(page)["CreateSession"]
    assert "| `name` | `str` | **required** | Name of the session. |" in fields
    assert "| `idle_timeout` | `int` | `120` | Minutes" in fields
    assert "| `build_id` | `str \\| None` |  | Id" in fields
    assert "| `cluster_config` | `str \\| None` |  | *Secret.* Cluster YAML" in fields
    assert "| `state_filter` | `list[SessionState]` | `[]` |" in sections(page)["SessionsQuery"]
    assert "| `created_at` | `DateTime` | **required** |" in sections(page)["Session"]


def test_errors_are_named(page: str) -> None:
    """A status that is an error names its class; one that is not, none."""
    part = sections(page)["delete_session"]
    assert "| 204 |  | The session is deleted. |" in part
    assert "| 404 | `NotFoundError` | " in part
    assert "| 429 | `RateLimitError` | " in part


def test_what_a_spec_may_have(gadgets_page: str) -> None:
    """Long signatures, and tags that the spec does not describe, have their form."""
    assert (
        "## Operations: gadget things\n\n### put_gadget\n\n```python\nput_gadget(\n    gadget_id: str,\n"
        in gadgets_page
    )


CLIENT = """
class Other:
    pass


class SyncApi:
    name = "x"

    def go(self, size: int = 1, *, must: str, fast: bool | None = None):
        pass

    def rest(self) -> None:
        pass
"""
MODELS = """
VALUE = 1


class Odd(Model):
    a: Annotated[str | None, Meta()] = "x|`y`"
    "One | two\\n\\nthree"
    b: int
    c: dict[str, Annotated[int, Meta(ge=1)]] = field(factory=lambda: {})
    pass


class Empty(Model):
    pass


class Word(OpenEnum):
    "A word."
    TICK = "`"
"""


def test_odd_texts_and_operations_have_their_form(tmp_path: Path) -> None:
    """Bars, backquotes and line breaks break no table; what is deprecated is said to be."""
    (tmp_path / "models").mkdir()
    (tmp_path / "client.py").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "models" / "a.py").write_text(MODELS, encoding="utf-8")
    fast = {"name": "fast", "in": "query", "deprecated": True, "description": "Much | faster."}
    responses = {"204": {}, "5XX": {"description": "Broken."}, "default": {"description": "Other."}}
    go = {"operationId": "go", "tags": ["a"], "deprecated": True, "parameters": [fast], "responses": responses}
    rest = {"operationId": "rest", "tags": ["b"], "responses": {}}
    spec = {"info": {"version": "1"}, "paths": {"/go": {"post": go}, "/rest": {"get": rest}}}
    page = reference(Path(__file__).parents[3], spec, tmp_path)
    assert "go(size: int = 1, *, must: str, fast: bool | None = None) -> None\n" in page
    assert "`POST /go`\n\n**Deprecated.**\n\n| argument" in page
    assert "| `fast` | `bool \\| None` | Deprecated. Much \\| faster. |" in page
    assert "| 204 |  |  |\n| 5XX | `ServerError` | Broken. |\n| default |  | Other. |\n" in page
    assert "| `a` | `str \\| None` | `` 'x\\|`y`' `` | One \\| two three |" in page
    assert "| `b` | `int` | **required** |  |" in page
    assert "| `c` | `dict[str, int]` | `{}` |" in page
    assert "### Empty\n\n### Odd\n\n| field" in page
    assert "| `TICK` | `` ` `` |" in page


def test_page_without_error_classes(tmp_path: Path, gadgets_project: Project) -> None:
    """Where there are no overrides, no status names an error."""
    spec = json.loads((gadgets_project.package / "openapi.json").read_text(encoding="utf-8"))
    assert "| 404 |  | " in reference(tmp_path, spec, gadgets_project.package)
