"""Faults on demand: which calls go wrong, how, and whether before or after they were done."""

from __future__ import annotations

from .fault import Fault
from .registry import Faults

__all__ = ["Fault", "Faults"]
