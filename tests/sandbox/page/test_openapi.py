"""The document of what the page asks for."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from anyscale_sessions_sandbox.page.api import HANDLERS
from anyscale_sessions_sandbox.page.openapi import document
from anyscale_sessions_sandbox.spec import Spec


def test_every_operation_has_a_handler() -> None:
    """The document has the operations that have handlers, and the two that wait for changes."""
    assert {operation.id for operation in Spec(document()).operations} == {*HANDLERS, "get_feed", "get_command_page"}


def test_the_schemas_are_valid() -> None:
    """Each schema of the document is a valid JSON schema."""
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
