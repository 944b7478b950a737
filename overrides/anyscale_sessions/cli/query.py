"""JMESPath expressions of `--query`, which select a part of a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import click
import jmespath
from jmespath.exceptions import JMESPathError

from .errors import CommandError

Query: TypeAlias = Callable[[object], object]
"""Selects a part of a result. It raises `CommandError` for a result that the expression does not fit."""


def parse_query(text: str) -> Query:
    """Return the function that applies an expression. Raises `click.BadParameter`."""
    try:
        expression = jmespath.compile(text)
    except JMESPathError as error:
        reason = str(error).partition("\n")[0].rstrip(":")
        raise click.BadParameter(f"must be a JMESPath expression, such as id or [].name: {reason}.") from None

    def query(value: object) -> object:
        try:
            return expression.search(value)
        except JMESPathError as error:
            raise CommandError(f"--query: the expression does not fit the result: {error}") from None

    return query
