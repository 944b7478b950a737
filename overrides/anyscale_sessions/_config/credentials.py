"""Which token and which host a client uses, found in numbered steps; nothing is read before a client is made.

Token: 1. the argument; 2. the environment variable ANYSCALE_CLI_TOKEN; 3. `cli_token` in ~/.anyscale/credentials.json.
Host: 1. the argument; 2. the environment variable ANYSCALE_HOST; 3. https://api.anyscale.com.

A token that was found for one host is not sent to another, whatever the argument `host` says:
- one given as an argument is for the host that the caller names, or lets be found;
- ANYSCALE_CLI_TOKEN is for ANYSCALE_HOST where both are set; alone it is for whatever host the caller names;
- one in the file is for the `host` in the file, which `anyscale-sessions login` writes there; a file that names none,
  as the platform's own command line writes it, is for whatever host the caller names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from ..exceptions import InvalidCredentialsError, MissingCredentialsError

TOKEN_VARIABLE = "ANYSCALE_CLI_TOKEN"  # noqa: S105 - the name of a variable
HOST_VARIABLE = "ANYSCALE_HOST"
DEFAULT_HOST = "https://api.anyscale.com"
API_VERSION_PATH = "/v0"

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
LAST_PORT = 65535

_AUTHORITY = (
    r"(?:(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{1,9})?)?"
)
# What RFC 6265 allows in the value of a cookie.
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")


def find_token(token: str | None, environment: Mapping[str, str] = os.environ, *, base_url: str | None = None) -> str:
    """The token to authenticate with at `base_url`. Raises `MissingCredentialsError` or `InvalidCredentialsError`."""
    if token is not None:
        return validate_token(token, "the argument token")
    if environment.get(TOKEN_VARIABLE):
        place = f"the environment variable {TOKEN_VARIABLE}"
        if environment.get(HOST_VARIABLE):
            _check_host(place, find_base_url(None, environment, allow_http=True), base_url)
        return validate_token(environment[TOKEN_VARIABLE], place)
    return _token_in_file(base_url)


def _token_in_file(base_url: str | None) -> str:
    from .credentials_file import CREDENTIALS_FILE, FILE_EXAMPLE, HOST_KEY, TOKEN_KEY, read_credentials

    try:
        content = read_credentials()
    except FileNotFoundError:
        problem = "is not there"
    except RuntimeError:
        problem = "cannot be looked for: there is no home directory"
    else:
        if content.get(TOKEN_KEY) is not None:
            place, host = f"{TOKEN_KEY} in {CREDENTIALS_FILE}", content.get(HOST_KEY)
            if host is not None:
                _check_host(place, _base_url(host, f"{HOST_KEY} in {CREDENTIALS_FILE}"), base_url)
            return validate_token(content[TOKEN_KEY], place)
        problem = f"has no {TOKEN_KEY}"
    raise MissingCredentialsError(
        f"no token: the argument token is None, the environment variable {TOKEN_VARIABLE} is not set, and "
        f"{CREDENTIALS_FILE} {problem}; give one in any of these places (the file is {FILE_EXAMPLE})"
    )


def _check_host(place: str, its_url: str, base_url: str | None) -> None:
    """Refuse to send what was found in a place elsewhere than it is meant to go."""
    if base_url is not None and base_url != its_url:
        its_host, host = host_of(its_url), host_of(base_url)
        raise InvalidCredentialsError(
            f"{place}: is for {its_host} and is not sent to {host}; pass token= for {host}, "
            f"or let {HOST_VARIABLE} and the token name the same host"
        )


def validate_token(token: Any, place: str) -> str:
    """The token, where it can be one. Raises `InvalidCredentialsError`, which names the place."""
    if not isinstance(token, str) or _COOKIE_VALUE.fullmatch(token) is None:
        raise InvalidCredentialsError(
            f"{place}: must be printable ASCII without spaces, line breaks, quotes, commas, semicolons or backslashes; "
            "give it as the platform shows it"
        )
    return str.__str__(token)


def find_base_url(host: str | None, environment: Mapping[str, str] = os.environ, *, allow_http: bool = False) -> str:
    """The URL that the paths of the spec stand below. Raises `InvalidCredentialsError`.

    A console's host is mapped to its API's; plain http is allowed to this machine only, unless `allow_http` says so.
    """
    if host is None:
        place, host = f"the environment variable {HOST_VARIABLE}", environment.get(HOST_VARIABLE) or DEFAULT_HOST
    else:
        place = "the argument host"
    return _base_url(host, place, allow_http=allow_http)


def host_of(base_url: str) -> str:
    """Scheme and authority of a base URL."""
    return base_url.removesuffix(API_VERSION_PATH)


def _base_url(host: Any, place: str, *, allow_http: bool = True) -> str:
    scheme, name, port = _parts_of(host, place)
    if scheme == "http" and not allow_http and not is_loopback(name):
        raise InvalidCredentialsError(
            f"{place}: plain http would show the token to the network; use https, or allow_http=True"
        )
    authority = f"[{name}]" if ":" in name else re.sub("^console[.]", "api.", name)
    suffix = "" if port is None else f":{port}"
    return f"{scheme}://{authority}{'' if suffix == DEFAULT_PORTS[scheme] else suffix}{API_VERSION_PATH}"


def _parts_of(host: Any, place: str) -> tuple[str, str, int | None]:
    """Scheme, name and port of a host that is well formed."""
    rule = f"{place}: must be scheme and authority, such as {DEFAULT_HOST}"
    if not isinstance(host, str):
        raise InvalidCredentialsError(f"{rule}, and text, not {type(host).__name__}")
    if "://" not in host:
        raise InvalidCredentialsError(f"{rule}; begin it with https://")
    if re.fullmatch(r"[\x21-\x7e]+", host) is None:
        raise InvalidCredentialsError(f"{rule}, in printable ASCII without spaces; write other letters as xn--...")
    scheme, _, rest = host.partition("://")
    authority, _, path = rest.rstrip("/").partition("/")
    if path == API_VERSION_PATH.strip("/"):
        raise InvalidCredentialsError(f"{rule}; leave {API_VERSION_PATH} out, it is added")
    if path:
        raise InvalidCredentialsError(f"{rule}; leave the path out")
    if "@" in authority:
        raise InvalidCredentialsError(f"{rule}; leave the user name and password out")
    if scheme.lower() not in ("http", "https"):
        raise InvalidCredentialsError(f"{rule}; the scheme is https, or http for this machine")
    match = re.fullmatch(_AUTHORITY, authority)
    if match is None or not (match["name"] or _is_ipv6(match["ipv6"])):
        raise InvalidCredentialsError(f"{rule}; it is a host name or an address, without a query or a fragment")
    if match["port"] and not 1 <= int(match["port"]) <= LAST_PORT:
        raise InvalidCredentialsError(f"{rule}; the port is from 1 to {LAST_PORT}")
    return scheme.lower(), (match["name"] or match["ipv6"]).lower(), int(match["port"]) if match["port"] else None


def is_loopback(name: str) -> bool:
    """Whether a host name stands for this machine: localhost, 127.0.0.0/8 or ::1."""
    if name == "localhost":
        return True
    from ipaddress import ip_address

    try:
        address = ip_address(name)
    except ValueError:
        return False
    # What `is_loopback` says of an IPv4 address within an IPv6 one depends on the version of Python.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def _is_ipv6(name: str) -> bool:
    from ipaddress import IPv6Address

    try:
        IPv6Address(name)
    except ValueError:
        return False
    return True
