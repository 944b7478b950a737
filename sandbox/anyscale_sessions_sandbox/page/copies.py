"""A recorded request as Python, as a curl command, and as a fault that makes it fail."""

from __future__ import annotations

import json
import shlex
from pprint import pformat
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from ..faults import Fault
from ..gateway.request import text_parser
from ..journal import Entry
from ..journal.entry import MAX_BODY_BYTES_KEPT
from ..journal.redaction import REDACTED
from ..spec import Document, Operation, Spec
from .masking import Mask

LINE_CHARACTERS = 100
# The characters of a path and a query that a shell, inside quotes, and a terminal take as they are.
SAFE_CHARACTERS = "/?&=%:@+,;$!*()"
NO_OPERATION = "# The OpenAPI document has no operation for this request, so the client has no method for it.\n"
CUT_BODY = (
    f"# The body is longer than {MAX_BODY_BYTES_KEPT} bytes. Only its beginning was recorded, so it is left out.\n"
)
OTHER_BODY = "# The body is not JSON, so it is left out.\n"
MASKED_BODY = f"# Secrets were left out. Replace {REDACTED!r} before you send this.\n"
DEEP_BODY = "# The body is nested too deeply, so it is left out.\n"
STATUS = 503


def python_copy(entry: Entry, spec: Spec, mask: Mask) -> str:
    """A program that sends a request with the client. It takes the host and the token from the environment."""
    operation = next((known for known in spec.operations if known.id == entry.operation), None)
    if operation is None:
        return NO_OPERATION
    note, body = _body(entry, mask)
    arguments: Document = mask.whole(entry.path) | mask.whole(_query(entry, operation, spec))
    if body is not None:
        arguments["body"] = body
    lines = [f"{name}={_indented(value)}," for name, value in arguments.items()]
    call = "".join(f"\n        {line}" for line in lines) + ("\n    " if lines else "")
    return (
        f"{note}from anyscale_sessions import SessionsClient\n\n"
        f"with SessionsClient() as client:\n    print(client.{operation.id}({call}))\n"
    )


def curl_copy(entry: Entry, mask: Mask) -> str:
    """A command that sends a request. It takes the host and the token from the environment."""
    note, body = _body(entry, mask)
    target = quote(mask.text(entry.target), safe=SAFE_CHARACTERS)
    parts = [
        f'curl -X {shlex.quote(entry.method)} "$ANYSCALE_HOST"{shlex.quote(target)}',
        '-H "Authorization: Bearer $ANYSCALE_CLI_TOKEN"',
    ]
    if body is not None:
        parts += ["-H 'Content-Type: application/json'", f"--data-raw {shlex.quote(json.dumps(body))}"]
    return note + " \\\n  ".join(parts) + "\n"


def fault_copy(entry: Entry, mask: Mask) -> Document | None:
    """A fault for the next request of the same kind: the one that hit it, or its error, or 503."""
    if entry.operation is None:
        return None
    target: Document = {"operation": entry.operation}
    if "session_id" in entry.path:
        target["session"] = entry.path["session_id"]
    if entry.fault:
        try:
            return Fault.from_header(entry.fault).to_dict() | target
        except ValueError:
            pass  # a value that contains a separator
    if entry.status is None or entry.status < 400:
        return Fault("status", status=STATUS).to_dict() | target
    body = mask.document(entry.response)
    return Fault("status", status=entry.status, body=body).to_dict() | target


def _body(entry: Entry, mask: Mask) -> tuple[str, Any]:
    """A note, and the JSON body of a request without secrets; None if it has none that can be sent again."""
    if not entry.size:
        return "", None
    if entry.size > MAX_BODY_BYTES_KEPT:
        return CUT_BODY, None
    try:
        body = mask.whole(entry.body)
    except ValueError:
        return DEEP_BODY, None
    if body is None:
        return OTHER_BODY, None
    return MASKED_BODY if REDACTED in json.dumps(body) else "", body


def _query(entry: Entry, operation: Operation, spec: Spec) -> Document:
    """The values of the query that the operation knows."""
    texts = parse_qs(urlsplit(entry.target).query, keep_blank_values=True)
    return {
        parameter.name: text_parser(spec, parameter.schema)(texts[parameter.name])
        for parameter in operation.parameters
        if parameter.place == "query" and parameter.name in texts
    }


def _indented(value: Any) -> str:
    return pformat(value, width=LINE_CHARACTERS, sort_dicts=False).replace("\n", "\n        ")
