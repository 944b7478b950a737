"""The caller's hooks: functions that receive a record of each request, response and retry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._sansio.attempts import RequestInfo, ResponseInfo, RetryInfo


class Hooks:
    """Calls the hooks. An exception in a hook does not affect the call; the first of each hook is logged."""

    def __init__(
        self,
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
    ) -> None:
        self._functions: dict[str, Callable[[Any], object] | None] = {
            "on_request": on_request,
            "on_response": on_response,
            "on_retry": on_retry,
        }
        self._failed_hooks: set[str] = set()

    def __bool__(self) -> bool:
        return any(self._functions.values())

    def on_request(self, record: RequestInfo) -> None:
        """Call the hook `on_request`."""
        self._call("on_request", record)

    def on_response(self, record: ResponseInfo) -> None:
        """Call the hook `on_response`."""
        self._call("on_response", record)

    def on_retry(self, record: RetryInfo) -> None:
        """Call the hook `on_retry`."""
        self._call("on_retry", record)

    def _call(self, name: str, record: RequestInfo) -> None:
        function = self._functions[name]
        if function is None:
            return
        try:
            function(record)
        except Exception as error:  # noqa: BLE001 - no error of a hook may change the call
            if name not in self._failed_hooks:
                self._failed_hooks.add(name)
                import logging

                # Only the class of the error: its text comes from the caller and can contain anything.
                logging.getLogger("anyscale_sessions").warning(
                    "the hook %s raised %s; the call continues, and later errors of this hook are not logged",
                    name,
                    type(error).__name__,
                )
