"""The OpenAPI document of the control API."""

from __future__ import annotations

from typing import Any

from anyscale_sessions_sandbox.control.api import HANDLERS
from anyscale_sessions_sandbox.control.openapi import document

from .conftest import request


def test_its_document_is_valid_and_complete(api: Any) -> None:
    """The document is valid OpenAPI 3.1 and has each operation exactly once, with a handler."""
    served = request(api, "GET", "/openapi.json").json()
    assert served == document()
    assert served["openapi"] == "3.1.0"
    operations = [operation for item in served["paths"].values() for operation in item.values()]
    assert sorted(operation["operationId"] for operation in operations) == sorted(HANDLERS)
    for operation in operations:
        assert operation["summary"]
        assert {"401", "403", "422"} <= set(operation["responses"])
    try:
        from openapi_spec_validator import validate
    except ImportError:
        return
    validate(served)
