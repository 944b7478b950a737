"""The caller's hooks: functions that receive a record of each request, response and retry."""

from __future__ import annotations

from collections.abc import Callable

from .._sansio.attempts import RequestInfo, ResponseInfo, RetryInfo


class Hooks:
    """Calls the hooks. An exception in a hook ends the call and reaches the caller unchanged.

    It can come from a signal handler as well as from the hook, which cannot be distinguished.
    """

    def __init__(
        self,
        on_request: Callable[[RequestInfo], object] | None = None,
        on_response: Callable[[ResponseInfo], object] | None = None,
        on_retry: Callable[[RetryInfo], object] | None = None,
    ) -> None:
        self._on_request, self._on_response, self._on_retry = on_request, on_response, on_retry

    def __bool__(self) -> bool:
        return any((self._on_request, self._on_response, self._on_retry))

    def on_request(self, record: RequestInfo) -> None:
        """Call the hook `on_request`."""
        if self._on_request is not None:
            self._on_request(record)

    def on_response(self, record: ResponseInfo) -> None:
        """Call the hook `on_response`."""
        if self._on_response is not None:
            self._on_response(record)

    def on_retry(self, record: RetryInfo) -> None:
        """Call the hook `on_retry`."""
        if self._on_retry is not None:
            self._on_retry(record)
