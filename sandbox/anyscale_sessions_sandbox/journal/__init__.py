"""The journal of a sandbox: what was asked of it and what it answered, to look at and to assert on."""

from __future__ import annotations

from .entry import Entry
from .journal import Journal

__all__ = ["Entry", "Journal"]
