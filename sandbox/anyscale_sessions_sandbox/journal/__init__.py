"""The journal of a sandbox: its recent requests and responses, for inspection and assertions."""

from __future__ import annotations

from .entry import Entry
from .journal import Journal

__all__ = ["Entry", "Journal"]
