"""The rows of the feature matrix about operations: parameters, bodies, responses, tags, servers, security."""
# ruff: noqa: E501 - a fragment is easier to read where an operation stands in one line

from __future__ import annotations

from matrix import Feature

ROWS: list[Feature] = []
