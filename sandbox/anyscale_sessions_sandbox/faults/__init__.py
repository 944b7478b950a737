"""Fault injection: which calls fail, how, and whether before or after their side effect."""

from __future__ import annotations

from .fault import Fault
from .registry import Faults

__all__ = ["Fault", "Faults"]
