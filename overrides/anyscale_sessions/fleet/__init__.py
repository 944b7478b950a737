"""Many sessions from many workers, with none left running: an item that is safe to run again, and a sweep.

docs/fleets.md describes both.
"""

from __future__ import annotations

from .fleet import Fleet
from .results import FleetResult, Swept
from .sweeping import sweep, sweep_async

__all__ = ["Fleet", "FleetResult", "Swept", "sweep", "sweep_async"]
