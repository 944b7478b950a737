"""Control of a sandbox by a test: in the same process, or over HTTP below `/_sandbox/`."""

from __future__ import annotations

from .api import ControlApi

__all__ = ["ControlApi"]
