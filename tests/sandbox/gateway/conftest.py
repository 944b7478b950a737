"""What the tests of this folder share."""

from __future__ import annotations

from typing import Any

SECRET = "hunter2-hunter2"


def body_of(api: Any, **fields: Any) -> dict[str, Any]:
    """A valid body of a create request, with other fields."""
    valid = {"name": "a", "project_id": api.project_id, "uses_app_config": True, "build_id": "b"}
    return {**valid, "compute_template_id": "c", **fields}
