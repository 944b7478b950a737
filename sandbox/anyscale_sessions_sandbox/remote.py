"""A sandbox controlled from another process, by way of its control API."""

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


class SandboxRefusal(SandboxError):
    """The sandbox refused what was asked of it; `status` is the response's, and `detail` says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class SandboxUnreachable(SandboxError):
    """No sandbox answers."""


class RemoteSandbox:
    """The sandbox at a URL. Every method raises SandboxRefusal, and SandboxUnreachable where no sandbox answers.

    Raises SandboxError for what is no URL of a sandbox, and no token.
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
            raise SandboxError("what was given is not the token of a sandbox")
        self._url = url
        self._host: str = parts.hostname
        self._scheme = parts.scheme
        self._headers = {"Cookie": f"cli_token={token}", "Content-Type": JSON_TYPE}

    def now(self) -> datetime:
        """The sandbox's time."""
        return from_text(self._ask("GET", "/clock")["now"])

    def advance(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> datetime:
        """Push the sandbox's clock ahead, and return the new present, once all that came due has happened."""
        span = {"seconds": seconds, "minutes": minutes, "hours": hours}
        return from_text(self._ask("POST", "/clock/advance", span)["now"])

    def faults(self) -> list[Document]:
        """The faults, with their counts."""
        return self._results("/faults")

    def add_fault(self, fault: Mapping[str, Any]) -> Document:
        """Add a fault, by the fields of `Fault`."""
        return self._ask("POST", "/faults", fault)

    def remove_fault(self, fault_id: int) -> None:
        """Take a fault back."""
        self._ask("DELETE", f"/faults/{fault_id}")

    def clear_faults(self) -> None:
        """Take all faults back."""
        self._ask("DELETE", "/faults")

    def moves(self) -> list[Document]:
        """The rules for how sessions go on."""
        return self._results("/moves")

    def add_move(self, move: Mapping[str, Any]) -> Document:
        """Add a rule, by the fields of `TransitionRule`."""
        return self._ask("POST", "/moves", move)

    def clear_moves(self) -> None:
        """Drop all rules."""
        self._ask("DELETE", "/moves")

    def move(self, session_id: str, state: str, message: str | None = None) -> None:
        """Move a session by hand."""
        arrival = {"to_state": state} | ({"message": message} if message is not None else {})
        self._ask("POST", f"/sessions/{quote(session_id, safe='')}/move", arrival)

    def reset(self) -> None:
        """See `Controls.reset`."""
        self._ask("POST", "/reset")

    def seed(self, seed: Mapping[str, Any]) -> None:
        """See `Controls.seed`."""
        self._ask("POST", "/seed", seed)

    def snapshot(self) -> Document:
        """See `Controls.snapshot`."""
        return self._ask("GET", "/snapshot")

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """See `Controls.restore`."""
        self._ask("PUT", "/snapshot", snapshot)

    def journal(self, *, operation: str | None = None, last: int | None = None) -> list[Document]:
        """The last entries of the journal, oldest first, with secrets masked."""
        query = {name: value for name, value in (("operation", operation), ("last", last)) if value is not None}
        return self._results(f"/journal?{urlencode(query)}")

    def archive(self) -> Document:
        """The journal as HAR 1.2."""
        return self._ask("GET", "/journal/har")

    def clear_journal(self) -> None:
        """Forget the journal."""
        self._ask("DELETE", "/journal")

    def _results(self, path: str) -> list[Document]:
        results: list[Document] = self._ask("GET", path)["results"]
        return results

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Document:
        connection = CONNECTIONS[self._scheme](self._host, self._port, timeout=TIMEOUT_S)
        content = None if body is None else json.dumps(body, default=str)
        try:
            connection.request(method, f"/_sandbox{path}", content, self._headers)
            response = connection.getresponse()
            status, text = response.status, response.read()
        except (OSError, HTTPException) as error:
            raise SandboxUnreachable(f"no sandbox answers at {self._url}: {error}") from None
        finally:
            connection.close()
        try:
            answer: Document = json.loads(text or b"{}")
            if status < 300:
                return answer
            detail = _detail(answer)
        except (ValueError, LookupError, TypeError):
            raise SandboxUnreachable(f"{self._url} does not answer as a sandbox does") from None
        raise SandboxRefusal(status, detail)


def _detail(answer: Document) -> str:
    """Why a request was refused, from either envelope."""
    if "detail" in answer:
        return "\n".join(": ".join(filter(None, (_place(problem), problem["msg"]))) for problem in answer["detail"])
    return str(answer["error"]["detail"])


def _place(problem: Document) -> str:
    """Where a problem is, within the body or the query."""
    return ".".join(map(str, problem["loc"][1:]))
