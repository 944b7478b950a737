"""What a response means: the class of the outcome, and the value or the error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from anyscale_sessions_api.types import DecodeError, Operation, decode

from .._redaction import redacted_body, redacted_request_id, redacted_starts
from .._utils.secret_texts import SecretTexts
from ..exceptions import (
    ERRORS_BY_STATUS,
    APIStatusError,
    Problem,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    SessionsError,
    UnprocessableEntityError,
)
from .identity import check_identity
from .messages import Failure, Response
from .retry import Outcome

MAX_DETAIL_CHARACTERS = 1000
MAX_PROBLEMS = 100

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,9}")

Reader = Callable[[Operation[Any], Response], Any]
"""Turns a successful response into the result of the call. Raises `DecodeError`."""


def value_of(operation: Operation[Any], response: Response, *, is_name_unique: bool = False) -> Any:
    """The value of a successful response, without its envelope.

    Raises `DecodeError`, also if the response is about another thing than the operation. `is_name_unique` says that no
    other session can have the name in a create request.
    """
    if operation.response is None or (operation.may_be_empty and not response.body):
        return None
    if operation.media != "json":
        return bytes(response.body) if operation.media == "bytes" else _text_of(response)
    document = decode(response.body, operation.response)
    envelope = operation.envelope
    value = document if envelope is None or operation.is_page else getattr(document, envelope)
    check_identity(operation, value, is_name_unique=is_name_unique)
    return value


def _text_of(response: Response) -> str:
    """The text of a response in the charset that its Content-Type names; UTF-8 if it names none."""
    match = _CHARSET.search(response.headers.get("content-type", ""))
    try:
        return response.body.decode(match[1] if match else "utf-8")
    except (UnicodeDecodeError, LookupError):
        problem = DecodeError("not text in the charset of its Content-Type")
    raise problem  # outside of `except`: the error that it replaces holds the data


def interpret(
    operation: Operation[Any],
    answer: Response | Failure,
    read: Reader,
    now: Callable[[], datetime],
    secrets: SecretTexts,
) -> tuple[Outcome, Any, float | None]:
    """The class of the outcome, the value or the error, and the seconds that the server asks to wait."""
    if isinstance(answer, Failure):
        return answer.outcome, answer.error, None
    received_at = now()
    outcome = outcome_of(answer.status, answer.headers, received_at)
    error: SessionsError
    if outcome is Outcome.SUCCESS:
        try:
            return outcome, read(operation, answer), None
        except DecodeError as problem:
            outcome, error = Outcome.UNKNOWN, _decode_error(operation, answer, problem, secrets)
    else:
        error = _status_error(operation, answer, received_at, secrets)
    return outcome, error, retry_after_s(answer.headers, received_at)


def outcome_of(status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
    """The class of a response, by its status and its Retry-After."""
    if 200 <= status < 300:
        return Outcome.SUCCESS
    if status == 429 or (status == 503 and retry_after_s(headers, now) is not None):
        return Outcome.THROTTLED
    return Outcome.UNKNOWN if status >= 500 else Outcome.FINAL


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds in Retry-After, which holds digits or an HTTP date; `None` if it holds neither."""
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    date = http_date(text)
    return None if date is None else max(0.0, (date - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """The date and time that an HTTP date stands for; `None` for any other text."""
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # 15 ms that few processes need

    try:
        date = parsedate_to_datetime(text)
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _decode_error(
    operation: Operation[Any], response: Response, problem: DecodeError, secrets: SecretTexts
) -> ResponseDecodeError:
    text = f"{operation.id}: the response does not match the spec: {problem.reason} (at {problem.path})"
    error = ResponseDecodeError(text, **_error_fields(response, secrets))
    error.path = problem.path
    return error


def _status_error(operation: Operation[Any], response: Response, now: datetime, secrets: SecretTexts) -> APIStatusError:
    """The error that the status stands for, with what the server says about it."""
    from http import HTTPStatus

    kind = ERRORS_BY_STATUS.get(response.status, ServerError if response.status >= 500 else APIStatusError)
    detail = _detail_of(response.body, secrets)
    text = "; ".join(map(str, detail)) if isinstance(detail, tuple) else detail
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "non-standard status"
    message = f"{operation.id}: {response.status} {phrase}" + (f": {text[:MAX_DETAIL_CHARACTERS]}" if text else "")
    error = kind(message, **_error_fields(response, secrets))
    if isinstance(error, UnprocessableEntityError) and isinstance(detail, tuple):
        error.problems = detail
    if isinstance(error, RateLimitError | ServerError):
        error.retry_after = retry_after_s(response.headers, now)
    return error


def _error_fields(response: Response, secrets: SecretTexts) -> dict[str, Any]:
    return {
        "request_id": redacted_request_id(response.headers, secrets),
        "status": response.status,
        "body": redacted_body(response.body, secrets),
    }


def _detail_of(body: bytes | bytearray, secrets: SecretTexts) -> str | tuple[Problem, ...]:
    """What an error response says: one text, or a problem for each field. The body can have any shape."""
    try:
        content = _mapping(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    detail = (_mapping(content.get("error")) or content).get("detail")
    if isinstance(detail, list):
        items = cast("list[object]", detail)[:MAX_PROBLEMS]
        return _to_problems([_mapping(item) for item in items], secrets)
    return redacted_starts([detail], secrets, MAX_DETAIL_CHARACTERS)[0] if isinstance(detail, str) else ""


def _mapping(value: object) -> dict[str, object]:
    """The value if it is a JSON object, otherwise an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _to_problems(items: list[dict[str, object]], secrets: SecretTexts) -> tuple[Problem, ...]:
    texts = redacted_starts([text for item in items for text in _field_and_rule(item)], secrets, MAX_DETAIL_CHARACTERS)
    return tuple(Problem(name, rule, "fix it and retry") for name, rule in zip(texts[::2], texts[1::2], strict=True))


def _field_and_rule(item: dict[str, object]) -> tuple[str, str]:
    location = item.get("loc")
    steps = [str(step) for step in cast("list[object]", location)] if isinstance(location, list) else []
    return ".".join(steps[1:] or steps) or "request", str(item.get("msg", "is not valid"))
