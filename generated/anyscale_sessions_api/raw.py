# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations of the Sessions API as methods that give a whole response, for a client that knows how to send one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import field, fields, frozen

from . import api as _api

if TYPE_CHECKING:
    from .models.create_session import CreateSession
    from .models.create_session_command import CreateSessionCommand
    from .models.log_level_types import LogLevelTypes
    from .models.session import Session
    from .models.session_command import SessionCommand
    from .models.session_event import SessionEvent
    from .models.session_event_types import SessionEventTypes
    from .models.session_operation import SessionOperation
    from .models.sessions_query import SessionsQuery
    from .models.start_session_options import StartSessionOptions
    from .models.terminate_session_options import TerminateSessionOptions
    from .models.update_session import UpdateSession
    from .types import AsyncPage, DateTime, Operation, Page

T = TypeVar("T")


@frozen(kw_only=True, eq=False)
class RawResponse(Generic[T]):
    """A response as it came, and what was read from it.

    Attributes:
        status: the HTTP status, a 2xx; any other is an error, as with the operation itself.
        headers: by their names in lower case; without cookies.
        body: the bytes of the body; they can hold secrets.
        parsed: what the operation itself would have returned.
        unknown_fields: JSON paths of what the spec does not know, such as `$.results[...].color`.
        request_id: the server's id of the request, where it gave one.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    parsed: T
    unknown_fields: tuple[str, ...]
    request_id: str | None

    def __eq__(self, other: object) -> bool:
        # Not left to attrs, for the reason that `Model` names.
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(getattr(self, each.name) == getattr(other, each.name) for each in fields(RawResponse))


class RawApi(ABC):
    """One method for each operation, with the arguments that it has in `SyncApi`. A method raises what `_send` raises."""

    @abstractmethod
    def _send(self, operation: Operation[T]) -> RawResponse[T]:
        """Send the operation and return its response."""

    @abstractmethod
    def _send_page(self, operation: Operation[T]) -> RawResponse[Page[T]]:
        """Send the operation, which lists something, and return its response."""

    def list_sessions(
        self, project_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> RawResponse[Page[Session]]:
        """`list_sessions` with its response as it came."""
        return self._send_page(_api.list_sessions(project_id, paging_token=paging_token, count=count))

    def create_session(self, body: CreateSession) -> RawResponse[Session]:
        """`create_session` with its response as it came."""
        return self._send(_api.create_session(body))

    def get_session(self, session_id: str) -> RawResponse[Session]:
        """`get_session` with its response as it came."""
        return self._send(_api.get_session(session_id))

    def update_session(self, session_id: str, body: UpdateSession | None = None) -> RawResponse[Session]:
        """`update_session` with its response as it came."""
        return self._send(_api.update_session(session_id, body))

    def delete_session(self, session_id: str) -> RawResponse[None]:
        """`delete_session` with its response as it came."""
        return self._send(_api.delete_session(session_id))

    def search_sessions(self, project_id: str, body: SessionsQuery | None = None) -> RawResponse[Page[Session]]:
        """`search_sessions` with its response as it came."""
        return self._send_page(_api.search_sessions(project_id, body))

    def start_session(self, session_id: str, body: StartSessionOptions | None = None) -> RawResponse[SessionOperation]:
        """`start_session` with its response as it came."""
        return self._send(_api.start_session(session_id, body))

    def terminate_session(
        self, session_id: str, body: TerminateSessionOptions | None = None
    ) -> RawResponse[SessionOperation]:
        """`terminate_session` with its response as it came."""
        return self._send(_api.terminate_session(session_id, body))

    def get_session_for_job(self, production_job_id: str) -> RawResponse[Session]:
        """`get_session_for_job` with its response as it came."""
        return self._send(_api.get_session_for_job(production_job_id))

    def get_session_operation(self, session_operation_id: str) -> RawResponse[SessionOperation]:
        """`get_session_operation` with its response as it came."""
        return self._send(_api.get_session_operation(session_operation_id))

    def list_session_commands(
        self, session_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> RawResponse[Page[SessionCommand]]:
        """`list_session_commands` with its response as it came."""
        return self._send_page(_api.list_session_commands(session_id, paging_token=paging_token, count=count))

    def create_session_command(self, body: CreateSessionCommand) -> RawResponse[SessionCommand]:
        """`create_session_command` with its response as it came."""
        return self._send(_api.create_session_command(body))

    def get_session_command(self, session_command_id: str) -> RawResponse[SessionCommand]:
        """`get_session_command` with its response as it came."""
        return self._send(_api.get_session_command(session_command_id))

    def kill_session_command(self, session_command_id: str) -> RawResponse[SessionCommand]:
        """`kill_session_command` with its response as it came."""
        return self._send(_api.kill_session_command(session_command_id))

    def get_session_event_log(
        self,
        session_id: str,
        *,
        before: DateTime | None = None,
        after: DateTime | None = None,
        event_types: list[SessionEventTypes] | None = None,
        log_level_types: list[LogLevelTypes] | None = None,
        paging_token: str | None = None,
        count: int | None = None,
    ) -> RawResponse[Page[SessionEvent]]:
        """`get_session_event_log` with its response as it came."""
        return self._send_page(
            _api.get_session_event_log(
                session_id,
                before=before,
                after=after,
                event_types=event_types,
                log_level_types=log_level_types,
                paging_token=paging_token,
                count=count,
            )
        )


class AsyncRawApi(ABC):
    """One method for each operation, with the arguments that it has in `AsyncApi`. A method raises what `_send` raises."""

    @abstractmethod
    async def _send(self, operation: Operation[T]) -> RawResponse[T]:
        """Send the operation and return its response."""

    @abstractmethod
    async def _send_page(self, operation: Operation[T]) -> RawResponse[AsyncPage[T]]:
        """Send the operation, which lists something, and return its response."""

    async def list_sessions(
        self, project_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> RawResponse[AsyncPage[Session]]:
        """`list_sessions` with its response as it came."""
        return await self._send_page(_api.list_sessions(project_id, paging_token=paging_token, count=count))

    async def create_session(self, body: CreateSession) -> RawResponse[Session]:
        """`create_session` with its response as it came."""
        return await self._send(_api.create_session(body))

    async def get_session(self, session_id: str) -> RawResponse[Session]:
        """`get_session` with its response as it came."""
        return await self._send(_api.get_session(session_id))

    async def update_session(self, session_id: str, body: UpdateSession | None = None) -> RawResponse[Session]:
        """`update_session` with its response as it came."""
        return await self._send(_api.update_session(session_id, body))

    async def delete_session(self, session_id: str) -> RawResponse[None]:
        """`delete_session` with its response as it came."""
        return await self._send(_api.delete_session(session_id))

    async def search_sessions(
        self, project_id: str, body: SessionsQuery | None = None
    ) -> RawResponse[AsyncPage[Session]]:
        """`search_sessions` with its response as it came."""
        return await self._send_page(_api.search_sessions(project_id, body))

    async def start_session(
        self, session_id: str, body: StartSessionOptions | None = None
    ) -> RawResponse[SessionOperation]:
        """`start_session` with its response as it came."""
        return await self._send(_api.start_session(session_id, body))

    async def terminate_session(
        self, session_id: str, body: TerminateSessionOptions | None = None
    ) -> RawResponse[SessionOperation]:
        """`terminate_session` with its response as it came."""
        return await self._send(_api.terminate_session(session_id, body))

    async def get_session_for_job(self, production_job_id: str) -> RawResponse[Session]:
        """`get_session_for_job` with its response as it came."""
        return await self._send(_api.get_session_for_job(production_job_id))

    async def get_session_operation(self, session_operation_id: str) -> RawResponse[SessionOperation]:
        """`get_session_operation` with its response as it came."""
        return await self._send(_api.get_session_operation(session_operation_id))

    async def list_session_commands(
        self, session_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> RawResponse[AsyncPage[SessionCommand]]:
        """`list_session_commands` with its response as it came."""
        return await self._send_page(_api.list_session_commands(session_id, paging_token=paging_token, count=count))

    async def create_session_command(self, body: CreateSessionCommand) -> RawResponse[SessionCommand]:
        """`create_session_command` with its response as it came."""
        return await self._send(_api.create_session_command(body))

    async def get_session_command(self, session_command_id: str) -> RawResponse[SessionCommand]:
        """`get_session_command` with its response as it came."""
        return await self._send(_api.get_session_command(session_command_id))

    async def kill_session_command(self, session_command_id: str) -> RawResponse[SessionCommand]:
        """`kill_session_command` with its response as it came."""
        return await self._send(_api.kill_session_command(session_command_id))

    async def get_session_event_log(
        self,
        session_id: str,
        *,
        before: DateTime | None = None,
        after: DateTime | None = None,
        event_types: list[SessionEventTypes] | None = None,
        log_level_types: list[LogLevelTypes] | None = None,
        paging_token: str | None = None,
        count: int | None = None,
    ) -> RawResponse[AsyncPage[SessionEvent]]:
        """`get_session_event_log` with its response as it came."""
        return await self._send_page(
            _api.get_session_event_log(
                session_id,
                before=before,
                after=after,
                event_types=event_types,
                log_level_types=log_level_types,
                paging_token=paging_token,
                count=count,
            )
        )
