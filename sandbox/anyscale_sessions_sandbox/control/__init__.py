"""The control API below `/_sandbox/`: what a test does to its sandbox, over HTTP."""

from __future__ import annotations

from .api import ControlApi

__all__ = ["ControlApi"]
