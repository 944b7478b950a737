"""Calls of an operation with wrong arguments, told as `InvalidRequestError` and not as Python's bare `TypeError`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .._utils.text import suggestion
from ..exceptions import InvalidRequestError, Problem

C = TypeVar("C", bound=type)


def told_clearly(names: Iterable[str]) -> Callable[[C], C]:
    """A class decorator: these methods refuse wrong arguments with `InvalidRequestError`, naming each of them."""

    def decorate(decorated: C) -> C:
        for name in names:
            setattr(decorated, name, _wrapped(getattr(decorated, name)))
        return decorated

    return decorate


def _wrapped(method: Any) -> Any:
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def call_async(*arguments: Any, **named: Any) -> Any:
            try:
                coroutine = method(*arguments, **named)
            except TypeError as error:
                raise _told(method, arguments, named) or error from None
            return await coroutine

        return call_async

    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except TypeError as error:
            raise _told(method, arguments, named) or error from None

    return call


def _told(method: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> InvalidRequestError | None:
    """The error for arguments that do not fit the method; `None` where they do, and something else is wrong."""
    parameters = inspect.signature(method).parameters
    by_position = [name for name, parameter in parameters.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    known = [name for name in parameters if name != "self"]
    given = by_position[: len(arguments)]
    problems = [
        Problem(name, "is no argument of this operation", suggestion(name, known))
        for name in named
        if name not in known
    ]
    problems += [Problem(name, "must be given once", "pass it once") for name in given if name in named]
    problems += [
        Problem(name, "must be given", f"pass {name}")
        for name in known
        if parameters[name].default is inspect.Parameter.empty and name not in given and name not in named
    ]
    if len(arguments) > len(by_position):
        rule = f"must be at most {len(by_position) - 1}, not {len(arguments) - 1}, where they have no name"
        problems.append(Problem("arguments", rule, f"name them: {', '.join(known)}"))
    return InvalidRequestError.of(method.__name__, problems) if problems else None
