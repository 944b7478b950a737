"""The values of the options that commands share, and what a command has done so far."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

import attrs

from anyscale_sessions._sansio.attempts import RetryInfo
from anyscale_sessions._sansio.retry import Outcome
from anyscale_sessions.client import SessionsClient

from .data_output import json_output, yaml_output
from .errors import CommandError
from .output import Output, Report
from .query import Query
from .terminal import is_color_wanted
from .text_output import NameOutput, TextOutput

ALLOW_HTTP_VARIABLE = "ANYSCALE_SESSIONS_ALLOW_HTTP"
MIN_REPORTED_WAIT_S = 1.0


@attrs.define
class Settings:
    """The values of the shared options, and what the command has done so far.

    Attributes:
        host: scheme and authority of the API, or `None` to use the environment.
        allow_http: whether the host may be another machine with plain http; `None` to use the environment.
        ca_file: a PEM file of certificates to trust, or `None` for the usual ones.
        output_format: one of `OUTPUT_FORMATS`.
        query: selects the part of a result to write, if not all of it.
        no_color: whether colours are switched off.
        failure_code: the exit code of every failure, for commands that pass another exit code through.
        ids: the ids of what the command has created or is about, for a later error: `session_id`, `operation_id`,
            `command_id`.
        notes: what is left behind if the command fails, and how to continue.
    """

    host: str | None = attrs.field(default=None, repr=False)  # it can contain a password by mistake
    allow_http: bool | None = None
    ca_file: str | None = None
    output_format: str = "table"
    query: Query | None = None
    no_color: bool = False
    failure_code: int | None = None
    ids: dict[str, str] = attrs.Factory(dict[str, str])
    notes: list[str] = attrs.Factory(list[str])
    _report: Report | None = attrs.field(default=None, init=False)

    @property
    def output(self) -> Output:
        """The output for `output_format`."""
        has_color = not self.no_color and is_color_wanted()
        match self.output_format:
            case "json":
                return json_output(self.query)
            case "yaml":
                return yaml_output(self.query)
            case "name":
                return NameOutput(self.query, has_color=has_color)
            case _:
                return TextOutput(self.query, has_color=has_color)

    @property
    def is_http_allowed(self) -> bool:
        """Whether the token may be sent over plain http. Raises `CommandError` for an unknown value of the variable."""
        if self.allow_http is not None:
            return self.allow_http
        value = os.environ.get(ALLOW_HTTP_VARIABLE, "")
        if value not in {"", "0", "1"}:
            raise CommandError(f"the environment variable {ALLOW_HTTP_VARIABLE}: must be 1 or 0")
        return value == "1"

    def client(self) -> SessionsClient:
        """Make a client for the host. Its token comes from the environment or the credentials file, not from `argv`."""
        return SessionsClient(
            host=self.host, allow_http=self.is_http_allowed, ca_file=self.ca_file, on_retry=self._on_retry
        )

    @contextmanager
    def progress(self) -> Generator[Report]:
        """Show progress inside a `with` block, including that of throttled requests."""
        with self.output.progress() as report:
            self._report = report
            try:
                yield report
            finally:
                self._report = None

    def _on_retry(self, retry: RetryInfo) -> None:
        """Say when a throttled request continues, if that is not at once."""
        if retry.outcome != Outcome.THROTTLED.name or retry.wait < MIN_REPORTED_WAIT_S:
            return
        sentence = f"{retry.operation_id}: throttled by the server; continues in {retry.wait:.0f} s"
        if self._report is not None:
            self._report(sentence)
        else:
            self.output.note(sentence, {"continues_in_s": round(retry.wait, 1)})
