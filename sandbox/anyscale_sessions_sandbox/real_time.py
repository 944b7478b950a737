"""The monotonic clock of the machine, also while a test has frozen or replaced the functions of `time`.

This module needs the standard library only.
"""

from __future__ import annotations

from importlib.machinery import BuiltinImporter, ModuleSpec
from importlib.util import module_from_spec
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["monotonic"]

# Libraries such as freezegun replace the functions of the module `time` wherever they find them, and may have done so
# before this module is imported. A copy of the module has functions of its own, which they do not know.
_time = module_from_spec(ModuleSpec("time", cast("Any", BuiltinImporter)))
BuiltinImporter.exec_module(_time)

monotonic: Callable[[], float] = _time.monotonic
