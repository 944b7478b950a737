# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations of the Sessions API as methods of a client that can send an `Operation`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from . import api as _api
from . import models
from .pages import AsyncPager, Page
from .types import DateTime, Operation

T = TypeVar("T")

OPERATION_IDS: Final = (
    "list_sessions",
    "create_session",
    "get_session",
    "update_session",
    "delete_session",
    "search_sessions",
    "start_session",
    "terminate_session",
    "get_session_for_job",
    "get_session_operation",
    "list_session_commands",
    "create_session_command",
    "get_session_command",
    "kill_session_command",
    "get_session_event_log",
)
"""Every operationId in the spec. Each is a method of both classes here."""


class SyncApi(ABC):
    """One method for each operation. A method raises what `_send` raises."""

    @abstractmethod
    def _send(self, operation: Operation[T]) -> T:
        """Send the operation and return the result from the envelope of its response."""

    @abstractmethod
    def _send_page(self, operation: Operation[Page[T]]) -> Page[T]:
        """Send the operation, which lists something, and return the page from its response."""

    def list_sessions(
        self, project_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> Page[models.Session]:
        """List a project's sessions.

        Returns one page of the sessions of a project.

        Args:
            project_id: The project whose sessions are listed.
            paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
            count: How many results a page may hold, 0 to 50. The server chooses when absent.
        """
        return self._send_page(_api.list_sessions(project_id, paging_token=paging_token, count=count))

    def create_session(self, body: models.CreateSession | Mapping[str, Any]) -> models.Session:
        """Create a session.

        Creates a session in a project. It is not started: call `start_session` next.

        If `uses_app_config` is true, `build_id` and `compute_template_id` must be given. Otherwise `cluster_config`
        and `cloud_id` must be.

        Not idempotent: the same request sent twice can make two sessions.

        Args:
            body: What to send.
        """
        operation = _api.create_session(body)
        del body  # a traceback would show a mapping
        return self._send(operation)

    def get_session(self, session_id: str) -> models.Session:
        """Get a session.

        Returns a session as it is now.

        Args:
            session_id: The session.
        """
        return self._send(_api.get_session(session_id))

    def update_session(
        self, session_id: str, body: models.UpdateSession | Mapping[str, Any] | None = None
    ) -> models.Session:
        """Update a session.

        Changes the given settings of a session. What is not given stays as it is.

        Args:
            session_id: The session.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.update_session(session_id, body)
        del body  # a traceback would show a mapping
        return self._send(operation)

    def delete_session(self, session_id: str) -> None:
        """Delete a session.

        Deletes a session for good. Terminate a session that still runs before that (`terminate_session`).

        Args:
            session_id: The session.
        """
        return self._send(_api.delete_session(session_id))

    def search_sessions(
        self, project_id: str, body: models.SessionsQuery | Mapping[str, Any] | None = None
    ) -> Page[models.Session]:
        """Search a project's sessions.

        Returns one page of those sessions of a project that match every filter given. It reads only: sending it
        again is harmless.

        Args:
            project_id: The project.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.search_sessions(project_id, body)
        del body  # a traceback would show a mapping
        return self._send_page(operation)

    def start_session(
        self, session_id: str, body: models.StartSessionOptions | Mapping[str, Any] | None = None
    ) -> models.SessionOperation:
        """Start a session.

        Asks for a session to be started and returns at once. Starting is a long-running operation: poll
        `get_session_operation` with the id returned until it is completed; its `result` then holds `data` or
        `error`.

        Args:
            session_id: The session.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.start_session(session_id, body)
        del body  # a traceback would show a mapping
        return self._send(operation)

    def terminate_session(
        self, session_id: str, body: models.TerminateSessionOptions | Mapping[str, Any] | None = None
    ) -> models.SessionOperation:
        """Terminate a session.

        Asks for a session's machines to be taken down and returns at once. Terminating is a long-running operation:
        poll `get_session_operation` with the id returned until it is completed; its `result` then holds `data` or
        `error`. The session itself stays, and can be started again, unless `delete` is set.

        Args:
            session_id: The session.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.terminate_session(session_id, body)
        del body  # a traceback would show a mapping
        return self._send(operation)

    def get_session_for_job(self, production_job_id: str) -> models.Session:
        """Get the session of a production job.

        Returns the session that a production job runs on.

        Args:
            production_job_id: The production job.
        """
        return self._send(_api.get_session_for_job(production_job_id))

    def get_session_operation(self, session_operation_id: str) -> models.SessionOperation:
        """Get a session operation.

        Returns how far a start or a termination has come, and its result once it is completed.

        Args:
            session_operation_id: The operation, as returned by `start_session` or `terminate_session`.
        """
        return self._send(_api.get_session_operation(session_operation_id))

    def list_session_commands(
        self, session_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> Page[models.SessionCommand]:
        """List a session's commands.

        Returns one page of the commands that were run in a session.

        Args:
            session_id: The session.
            paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
            count: How many results a page may hold, 0 to 50. The server chooses when absent.
        """
        return self._send_page(_api.list_session_commands(session_id, paging_token=paging_token, count=count))

    def create_session_command(self, body: models.CreateSessionCommand | Mapping[str, Any]) -> models.SessionCommand:
        """Run a command in a session.

        Starts a shell command in a running session and returns at once. Poll `get_session_command` until
        `finished_at` is set; `status_code` is then the command's exit code.

        Args:
            body: What to send.
        """
        operation = _api.create_session_command(body)
        del body  # a traceback would show a mapping
        return self._send(operation)

    def get_session_command(self, session_command_id: str) -> models.SessionCommand:
        """Get a command.

        Returns a command as it is now; its exit code is set once it has ended.

        Args:
            session_command_id: The command.
        """
        return self._send(_api.get_session_command(session_command_id))

    def kill_session_command(self, session_command_id: str) -> models.SessionCommand:
        """Kill a command.

        Asks for a running command to be killed. `killed_at` is set once that is done. Takes no body.

        Args:
            session_command_id: The command.
        """
        return self._send(_api.kill_session_command(session_command_id))

    def get_session_event_log(
        self,
        session_id: str,
        *,
        before: DateTime | None = None,
        after: DateTime | None = None,
        event_types: list[models.SessionEventTypes] | None = None,
        log_level_types: list[models.LogLevelTypes] | None = None,
        paging_token: str | None = None,
        count: int | None = None,
    ) -> Page[models.SessionEvent]:
        """Get a session's event log.

        Returns one page of what happened to a session, narrowed by the filters given.

        Args:
            session_id: The session.
            before: Only events before this moment (RFC 3339).
            after: Only events after this moment (RFC 3339).
            event_types: Only events of these types; the key is repeated for each one. All types when absent.
            log_level_types: Only events of these levels; the key is repeated for each one. All levels when absent.
            paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
            count: How many events a page may hold, 0 to 1000. The server chooses when absent.
        """
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


class AsyncApi(ABC):
    """One method for each operation. A method raises what `_send` raises."""

    @abstractmethod
    async def _send(self, operation: Operation[T]) -> T:
        """Send the operation and return the result from the envelope of its response."""

    @abstractmethod
    def _send_page(self, operation: Operation[Page[T]]) -> AsyncPager[T]:
        """The pages of an operation that lists something. It is sent when the result is awaited or iterated."""

    def list_sessions(
        self, project_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> AsyncPager[models.Session]:
        """List a project's sessions.

        Returns one page of the sessions of a project.

        Args:
            project_id: The project whose sessions are listed.
            paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
            count: How many results a page may hold, 0 to 50. The server chooses when absent.
        """
        return self._send_page(_api.list_sessions(project_id, paging_token=paging_token, count=count))

    async def create_session(self, body: models.CreateSession | Mapping[str, Any]) -> models.Session:
        """Create a session.

        Creates a session in a project. It is not started: call `start_session` next.

        If `uses_app_config` is true, `build_id` and `compute_template_id` must be given. Otherwise `cluster_config`
        and `cloud_id` must be.

        Not idempotent: the same request sent twice can make two sessions.

        Args:
            body: What to send.
        """
        operation = _api.create_session(body)
        del body  # a traceback would show a mapping
        return await self._send(operation)

    async def get_session(self, session_id: str) -> models.Session:
        """Get a session.

        Returns a session as it is now.

        Args:
            session_id: The session.
        """
        return await self._send(_api.get_session(session_id))

    async def update_session(
        self, session_id: str, body: models.UpdateSession | Mapping[str, Any] | None = None
    ) -> models.Session:
        """Update a session.

        Changes the given settings of a session. What is not given stays as it is.

        Args:
            session_id: The session.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.update_session(session_id, body)
        del body  # a traceback would show a mapping
        return await self._send(operation)

    async def delete_session(self, session_id: str) -> None:
        """Delete a session.

        Deletes a session for good. Terminate a session that still runs before that (`terminate_session`).

        Args:
            session_id: The session.
        """
        return await self._send(_api.delete_session(session_id))

    def search_sessions(
        self, project_id: str, body: models.SessionsQuery | Mapping[str, Any] | None = None
    ) -> AsyncPager[models.Session]:
        """Search a project's sessions.

        Returns one page of those sessions of a project that match every filter given. It reads only: sending it
        again is harmless.

        Args:
            project_id: The project.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.search_sessions(project_id, body)
        del body  # a traceback would show a mapping
        return self._send_page(operation)

    async def start_session(
        self, session_id: str, body: models.StartSessionOptions | Mapping[str, Any] | None = None
    ) -> models.SessionOperation:
        """Start a session.

        Asks for a session to be started and returns at once. Starting is a long-running operation: poll
        `get_session_operation` with the id returned until it is completed; its `result` then holds `data` or
        `error`.

        Args:
            session_id: The session.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.start_session(session_id, body)
        del body  # a traceback would show a mapping
        return await self._send(operation)

    async def terminate_session(
        self, session_id: str, body: models.TerminateSessionOptions | Mapping[str, Any] | None = None
    ) -> models.SessionOperation:
        """Terminate a session.

        Asks for a session's machines to be taken down and returns at once. Terminating is a long-running operation:
        poll `get_session_operation` with the id returned until it is completed; its `result` then holds `data` or
        `error`. The session itself stays, and can be started again, unless `delete` is set.

        Args:
            session_id: The session.
            body: What to send; without it, every field takes its default.
        """
        operation = _api.terminate_session(session_id, body)
        del body  # a traceback would show a mapping
        return await self._send(operation)

    async def get_session_for_job(self, production_job_id: str) -> models.Session:
        """Get the session of a production job.

        Returns the session that a production job runs on.

        Args:
            production_job_id: The production job.
        """
        return await self._send(_api.get_session_for_job(production_job_id))

    async def get_session_operation(self, session_operation_id: str) -> models.SessionOperation:
        """Get a session operation.

        Returns how far a start or a termination has come, and its result once it is completed.

        Args:
            session_operation_id: The operation, as returned by `start_session` or `terminate_session`.
        """
        return await self._send(_api.get_session_operation(session_operation_id))

    def list_session_commands(
        self, session_id: str, *, paging_token: str | None = None, count: int | None = None
    ) -> AsyncPager[models.SessionCommand]:
        """List a session's commands.

        Returns one page of the commands that were run in a session.

        Args:
            session_id: The session.
            paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
            count: How many results a page may hold, 0 to 50. The server chooses when absent.
        """
        return self._send_page(_api.list_session_commands(session_id, paging_token=paging_token, count=count))

    async def create_session_command(
        self, body: models.CreateSessionCommand | Mapping[str, Any]
    ) -> models.SessionCommand:
        """Run a command in a session.

        Starts a shell command in a running session and returns at once. Poll `get_session_command` until
        `finished_at` is set; `status_code` is then the command's exit code.

        Args:
            body: What to send.
        """
        operation = _api.create_session_command(body)
        del body  # a traceback would show a mapping
        return await self._send(operation)

    async def get_session_command(self, session_command_id: str) -> models.SessionCommand:
        """Get a command.

        Returns a command as it is now; its exit code is set once it has ended.

        Args:
            session_command_id: The command.
        """
        return await self._send(_api.get_session_command(session_command_id))

    async def kill_session_command(self, session_command_id: str) -> models.SessionCommand:
        """Kill a command.

        Asks for a running command to be killed. `killed_at` is set once that is done. Takes no body.

        Args:
            session_command_id: The command.
        """
        return await self._send(_api.kill_session_command(session_command_id))

    def get_session_event_log(
        self,
        session_id: str,
        *,
        before: DateTime | None = None,
        after: DateTime | None = None,
        event_types: list[models.SessionEventTypes] | None = None,
        log_level_types: list[models.LogLevelTypes] | None = None,
        paging_token: str | None = None,
        count: int | None = None,
    ) -> AsyncPager[models.SessionEvent]:
        """Get a session's event log.

        Returns one page of what happened to a session, narrowed by the filters given.

        Args:
            session_id: The session.
            before: Only events before this moment (RFC 3339).
            after: Only events after this moment (RFC 3339).
            event_types: Only events of these types; the key is repeated for each one. All types when absent.
            log_level_types: Only events of these levels; the key is repeated for each one. All levels when absent.
            paging_token: Where to go on, taken from the last page's `metadata.next_paging_token`. The first page when absent.
            count: How many events a page may hold, 0 to 1000. The server chooses when absent.
        """
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
