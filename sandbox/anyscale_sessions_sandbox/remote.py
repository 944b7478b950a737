"""Control of a sandbox in another process, through its control API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .clock import from_text
from .errors import SandboxError
from .spec import JSON_TYPE, Document

TIMEOUT_S = 60.0
CONNECTIONS = {"http": HTTPConnection, "https": HTTPSConnection}


class SandboxResponseError(SandboxError):
    """The sandbox answered with an error; `status` is its status code, and `detail` says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class SandboxConnectionError(SandboxError):
    """No sandbox answered."""


class RemoteSandbox:
    """The sandbox at a URL. Every method raises SandboxResponseError and SandboxConnectionError.

    Raises SandboxError for an invalid URL or token.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        try:
            self._port = parts.port
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in CONNECTIONS or not parts.hostname:
            raise SandboxError(f"{url!r} is not the URL of a sandbox, such as http://127.0.0.1:8080")
        if not (token.isascii() and token.isprintable()):
            raise SandboxError("the token is not the token of a sandbox")
        self._url = url
        self._host: str = parts.hostname
        self._scheme = parts.scheme
        self._headers = {"Cookie": f"cli_token={token}", "Content-Type": JSON_TYPE}

    def now(self) -> datetime:
        """The current time of the sandbox."""
        return from_text(self._send("GET", "/clock")["now"])

    def advance(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        """Advance the clock and return the new time, after everything that was due has happened."""
        span = {"seconds": seconds, "minutes": minutes, "hours": hours}
        return from_text(self._send("POST", "/clock/advance", span)["now"])

    def faults(self) -> list[Document]:
        """All faults, with their counts."""
        return self._results("/faults")

    def add_fault(self, fault: Mapping[str, Any]) -> Document:
        """Add a fault, given as the fields of `Fault`."""
        return self._send("POST", "/faults", fault)

    def remove_fault(self, fault_id: int) -> None:
        """Remove a fault."""
        self._send("DELETE", f"/faults/{fault_id}")

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._send("DELETE", "/faults")

    def transition_rules(self) -> list[Document]:
        """All transition rules."""
        return self._results("/transition-rules")

    def add_transition_rule(self, rule: Mapping[str, Any]) -> Document:
        """Add a transition rule, given as the fields of `TransitionRule`."""
        return self._send("POST", "/transition-rules", rule)

    def clear_transition_rules(self) -> None:
        """Remove all transition rules."""
        self._send("DELETE", "/transition-rules")

    def transition(self, session_id: str, state: str, message: str | None = None) -> None:
        """Change the state of a session."""
        body = {"to_state": state} | ({"message": message} if message is not None else {})
        self._send("POST", f"/sessions/{quote(session_id, safe='')}/transition", body)

    def logs(self, command_id: str) -> Document:
        """The output of a session command until now: `stdout` and `stderr`."""
        return self._send("GET", f"/commands/{quote(command_id, safe='')}/logs")

    def reset(self) -> None:
        """See `Controls.reset`."""
        self._send("POST", "/reset")

    def seed(self, seed: Mapping[str, Any]) -> None:
        """See `Controls.seed`."""
        self._send("POST", "/seed", seed)

    def snapshot(self) -> Document:
        """See `Controls.snapshot`."""
        return self._send("GET", "/snapshot")

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """See `Controls.restore`."""
        self._send("PUT", "/snapshot", snapshot)

    def journal(self, *, operation: str | None = None, last: int | None = None) -> list[Document]:
        """The last entries of the journal, oldest first, with secrets redacted."""
        query = {name: value for name, value in (("operation", operation), ("last", last)) if value is not None}
        return self._results(f"/journal?{urlencode(query)}")

    def archive(self) -> Document:
        """The journal as HAR 1.2."""
        return self._send("GET", "/journal/har")

    def clear_journal(self) -> None:
        """Delete all entries of the journal."""
        self._send("DELETE", "/journal")

    def _results(self, path: str) -> list[Document]:
        results: list[Document] = self._send("GET", path)["results"]
        return results

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        connection = CONNECTIONS[self._scheme](self._host, self._port, timeout=TIMEOUT_S)
        content = None if body is None else json.dumps(body, default=str)
        try:
            connection.request(method, f"/_sandbox{path}", content, self._headers)
            response = connection.getresponse()
            status, text = response.status, response.read()
        except (OSError, HTTPException) as error:
            raise SandboxConnectionError(f"no sandbox answered at {self._url}: {error}") from None
        finally:
            connection.close()
        try:
            answer: Document = json.loads(text or b"{}")
            if status < 300:
                return answer
            detail = _detail(answer)
        except (ValueError, LookupError, TypeError):
            raise SandboxConnectionError(f"the response of {self._url} is not one of a sandbox") from None
        raise SandboxResponseError(status, detail)


def _detail(answer: Document) -> str:
    """The message of an error response, from either envelope."""
    if "detail" in answer:
        return "\n".join(": ".join(filter(None, (_place(problem), problem["msg"]))) for problem in answer["detail"])
    return str(answer["error"]["detail"])


def _place(problem: Document) -> str:
    """The place of a problem in the body or the query."""
    return ".".join(map(str, problem["loc"][1:]))
