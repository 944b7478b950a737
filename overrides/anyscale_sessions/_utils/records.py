"""The base of this package's plain records, such as a problem, a response or the facts that a hook is told."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Record(msgspec.Struct, frozen=True):
    """A few values under their names: frozen, compared by value, and silent about those that may be secret.

    A class of records costs a hundredth of what one of attrs does, of which every import would make a dozen.
    """

    _hidden: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self._hidden]
