"""Many sessions from many workers, with nothing left running: one idempotent unit, and a sweep. See docs/fleets.md."""

from __future__ import annotations

from .fleet import Fleet
from .results import FleetResult, Swept
from .sweeping import sweep, sweep_async

__all__ = ["Fleet", "FleetResult", "Swept", "sweep", "sweep_async"]
