"""How an asynchronous client runs steps, and its waits."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from anyscale_sessions_api import models
from anyscale_sessions_api.models.session_state import SessionState
from anyscale_sessions_api.types import Operation

from .._sansio.drivers import drive_async
from .._sansio.flows import run_command
from .._sansio.known_ids import Leftovers
from .._sansio.messages import CallSteps
from .._sansio.waiters import Bounded, wait_for_command, wait_for_operation
from .._utils.event_loops import running_loop
from ..exceptions import CreateOutcomeUnknownError
from .base import WAIT_TIMEOUT_S, ClientBase

T = TypeVar("T")


class AsyncWaits(ClientBase):
    """How an asynchronous client runs steps, and its waits."""

    async def _perform(self, step: Operation[Any] | Bounded) -> Any:
        return await self._drive(self._steps(step))

    async def _drive(self, steps: CallSteps[T]) -> T:
        try:
            return await drive_async(steps, self._connections.transport(running_loop()), self.clock.sleep_async)
        except CreateOutcomeUnknownError as error:
            error.client = self
            raise

    async def _run(self, steps: Generator[Any, Any, T], left: Leftovers | None = None) -> T:
        try:
            return await drive_async(steps, self._perform, self.clock.sleep_async)
        except BaseException as error:
            if left is not None:
                left.attach_to(error)
            raise

    async def reconcile_create(self, unknown: CreateOutcomeUnknownError) -> models.Session:
        """Search for a session that may have been created. `CreateOutcomeUnknownError.reconcile` calls this.

        Raises:
            CreateOutcomeUnknownError: it is still unknown.
        """
        return await self._drive(self._reconcile_steps(unknown))

    async def wait_for_session(
        self,
        session_id: str,
        until: SessionState = SessionState.RUNNING,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.Session], object] | None = None,
    ) -> models.Session:
        """Wait until a session is in the state `until`, and return it. For the other arguments see `launch_session`.

        Raises:
            UnreachableStateError: at once, if the session cannot reach the state without a new request.
            WaitTimeoutError: it is not in that state yet; wait again with the same id.
        """
        options = self._wait_options(timeout, poll_interval, on_progress)
        return await self._run(self._wait_steps(session_id, until, options, on_progress))

    async def wait_for_session_operation(
        self,
        operation_id: str,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.SessionOperation], object] | None = None,
    ) -> models.SessionOperation:
        """Wait until a start or a termination is completed, and return it.

        Raises:
            OperationFailedError: it ended with an error.
            WaitTimeoutError: it is not completed yet; wait again with the same id.
        """
        options = self._wait_options(timeout, poll_interval, on_progress)
        fresh_after = self._recent_writes.fresh_after(operation_id)
        return await self._run(wait_for_operation(operation_id, options, on_progress, fresh_after))

    async def wait_for_session_command(
        self,
        command_id: str,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.SessionCommand], object] | None = None,
    ) -> models.SessionCommand:
        """Wait until a command has finished or was killed, and return it. Its exit code is `status_code`.

        Raises:
            WaitTimeoutError: the command still runs; wait again with the same id, its `command_id`.
        """
        options = self._wait_options(timeout, poll_interval, on_progress)
        fresh_after = self._recent_writes.fresh_after(command_id)
        return await self._run(wait_for_command(command_id, options, on_progress, fresh_after))

    async def run_command(
        self,
        session_id: str,
        shell_command: str,
        *,
        timeout: float = WAIT_TIMEOUT_S,
        poll_interval: float | None = None,
        on_progress: Callable[[models.SessionCommand], object] | None = None,
    ) -> models.SessionCommand:
        """Run a command in a session, wait until it has finished, and return it. Its exit code is `status_code`.

        Whatever ends the wait, also an interruption or a cancellation, has a note with the id of the command.

        Args:
            session_id: the session.
            shell_command: what to run.
            timeout: seconds that everything together may take.
            poll_interval: seconds between two polls. Default: an interval that grows from 1 to 15 s.
            on_progress: called with the command as it was created, and then with the result of each poll.

        Raises:
            WaitTimeoutError: the command still runs; continue with `wait_for_session_command` and its `command_id`.
        """
        options, left = self._wait_options(timeout, poll_interval, on_progress), Leftovers()
        return await self._run(run_command(session_id, shell_command, options, on_progress, left), left)
