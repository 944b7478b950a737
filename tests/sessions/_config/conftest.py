"""The token and the host as they are found with variables of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

from anyscale_sessions._config import credentials
from anyscale_sessions_api.types import Secret

FILE_REMEDY = '; fix it ({"cli_token": "..."}), pass token=, or set the environment variable ANYSCALE_CLI_TOKEN'


@contextmanager
def environment_of(variables: dict[str, str] | None) -> Iterator[None]:
    """The environment with these variables of ours and no others; `None` leaves it as it is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANYSCALE_")}
    with nullcontext() if variables is None else patch.object(os, "environ", {**kept, **variables}):
        yield


def find_token(token: object, variables: dict[str, str] | None = None, **named: Any) -> str:
    """The token that is found for this argument, with these variables."""
    with environment_of(variables):
        return credentials.find_token(Secret(token), **named).value


def find_base_url(host: object, variables: dict[str, str] | None = None, **named: Any) -> str:
    """The base URL that is found for this argument, with these variables."""
    with environment_of(variables):
        return credentials.find_base_url(Secret(host), **named)
