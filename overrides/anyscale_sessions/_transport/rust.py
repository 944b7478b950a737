"""Loads `ry`, the HTTP client in Rust of the extra `fast`, in a thread that never ends.

Its allocator belongs to the thread that it is loaded in: once that is over, whoever uses it crashes the process. The
extra need not be installed where types are checked, so that nothing is known of them here.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module
from typing import Any, Final


def _loaded() -> Any:
    is_loaded = threading.Event()

    def load_and_stay() -> None:
        with suppress(ImportError):
            import_module("ry")
        is_loaded.set()
        threading.Event().wait()

    threading.Thread(target=load_and_stay, name="anyscale-sessions-fast", daemon=True).start()
    is_loaded.wait()
    return import_module("ry")


ry: Final = _loaded()
