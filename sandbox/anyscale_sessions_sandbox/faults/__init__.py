"""Faults on demand: which calls go wrong, how, and whether before or after they were done."""

from __future__ import annotations

from .book import Faults
from .rule import Fault

__all__ = ["Fault", "Faults"]
