"""Which token and which host a client uses, found in numbered steps; nothing is read before a client is made.

Token: 1. the argument; 2. the environment variable ANYSCALE_CLI_TOKEN; 3. `cli_token` in ~/.anyscale/credentials.json.
Host: 1. the argument; 2. the environment variable ANYSCALE_HOST; 3. https://api.anyscale.com.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from .exceptions import InvalidCredentials, MissingCredentials

TOKEN_VARIABLE = "ANYSCALE_CLI_TOKEN"  # noqa: S105 - the name of a variable
HOST_VARIABLE = "ANYSCALE_HOST"
CREDENTIALS_FILE = Path("~/.anyscale/credentials.json")
TOKEN_KEY = "cli_token"  # noqa: S105 - the name of a key
DEFAULT_HOST = "https://api.anyscale.com"
API_VERSION_PATH = "/v0"

# What RFC 6265 allows in the value of a cookie.
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")


def find_token(token: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The token to authenticate with. Raises `MissingCredentials` or `InvalidCredentials`."""
    if token is not None:
        return _usable(token, "the argument token")
    if environment.get(TOKEN_VARIABLE):
        return _usable(environment[TOKEN_VARIABLE], f"the environment variable {TOKEN_VARIABLE}")
    path = CREDENTIALS_FILE.expanduser()
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise MissingCredentials(
            f"no token: pass token=, set the environment variable {TOKEN_VARIABLE}, or write {CREDENTIALS_FILE} "
            f'as {{"{TOKEN_KEY}": "..."}}'
        ) from None
    except OSError as error:
        raise InvalidCredentials(f"{CREDENTIALS_FILE}: cannot be read: {error.strerror}") from None
    return _usable(_token_in(content), f"{TOKEN_KEY} in {CREDENTIALS_FILE}")


def _token_in(content: bytes) -> Any:
    try:
        decoded = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = None
    if decoded is None:
        raise InvalidCredentials(
            f'{CREDENTIALS_FILE}: must be a JSON object in UTF-8, such as {{"{TOKEN_KEY}": "..."}}'
        )
    if TOKEN_KEY not in decoded:
        raise MissingCredentials(
            f"no token: {CREDENTIALS_FILE} has no {TOKEN_KEY}; add it, pass token=, or set {TOKEN_VARIABLE}"
        )
    return decoded[TOKEN_KEY]


def _usable(token: Any, place: str) -> str:
    if not isinstance(token, str) or _COOKIE_VALUE.fullmatch(token) is None:
        raise InvalidCredentials(f"{place}: must be a token as the platform gives it: printable ASCII without blanks")
    return token


def find_base_url(host: str | None, environment: Mapping[str, str] = os.environ, *, allow_http: bool = False) -> str:
    """The URL that the paths of the spec stand below. Raises `InvalidCredentials`.

    A console's host is mapped to its API's; plain http is allowed to this machine only, unless `allow_http` says so.
    """
    if host is None:
        place, host = f"the environment variable {HOST_VARIABLE}", environment.get(HOST_VARIABLE) or DEFAULT_HOST
    else:
        place = "the argument host"
    rule = f"{place}: must be scheme and authority, such as {DEFAULT_HOST}"
    try:
        parts = urlsplit(host.rstrip("/"))
        name, _ = parts.hostname, parts.port
    except (AttributeError, TypeError, ValueError):
        raise InvalidCredentials(rule) from None
    if parts.scheme not in ("http", "https") or not name or parts.path or parts.query or parts.fragment:
        raise InvalidCredentials(rule)
    if "@" in parts.netloc or not parts.netloc.isascii() or not parts.netloc.isprintable() or " " in parts.netloc:
        raise InvalidCredentials(f"{rule}, without a user name")
    if parts.scheme == "http" and not allow_http and not is_loopback(name):
        raise InvalidCredentials(
            f"{place}: plain http would show the token to the network; use https, or allow_http=True"
        )
    return f"{parts.scheme}://{re.sub('^console[.]', 'api.', parts.netloc)}{API_VERSION_PATH}"


def is_loopback(name: str) -> bool:
    """Whether a host name stands for this machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
