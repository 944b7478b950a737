"""The token and the host of a client, found in numbered steps when the client is made.

Token: 1. the argument; 2. the environment variable ANYSCALE_CLI_TOKEN; 3. `cli_token` in ~/.anyscale/credentials.json.
Host: 1. the argument; 2. the environment variable ANYSCALE_HOST; 3. the server in the spec.

A token that was stored for one host is not sent to another:
- a token passed as an argument goes to the host of the client;
- ANYSCALE_CLI_TOKEN goes only to ANYSCALE_HOST if both are set, otherwise to the host of the client;
- a token in the file goes only to the `host` in the file, which `anyscale-sessions login` writes. Without a `host`, as
  the platform's own command line writes the file, it goes to the host of the client.
"""

from __future__ import annotations

import os
import re
from typing import Any

from anyscale_sessions_api.service import BASE_PATH, HOST, TOKEN_HEADER
from anyscale_sessions_api.types import Secret

from ..exceptions import InvalidCredentialsError, MissingCredentialsError

TOKEN_VARIABLE = "ANYSCALE_CLI_TOKEN"  # noqa: S105 - the name of a variable
HOST_VARIABLE = "ANYSCALE_HOST"
EXAMPLE_HOST = HOST or "https://api.example.com"

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
MAX_PORT = 65535

_AUTHORITY = (
    r"(?:(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?)|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>[0-9]{1,9})?)?"
)
# The characters that RFC 6265 allows in the value of a cookie.
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")


def find_token(token: Secret[Any], *, base_url: str | None = None) -> Secret[str]:
    """The token to authenticate with at `base_url`; `token` holds the argument of the client.

    Raises `MissingCredentialsError` or `InvalidCredentialsError`.
    """
    if not TOKEN_HEADER and token.value is None:
        return Secret("")  # requests do not authenticate
    if token.value is not None:
        return validate_token(token, "the argument token")
    variable = _variable(TOKEN_VARIABLE)
    if variable.value:
        place = f"the environment variable {TOKEN_VARIABLE}"
        if _variable(HOST_VARIABLE).value:
            _check_host(place, find_base_url(Secret(None), allow_http=True), base_url)
        return validate_token(variable, place)
    return _token_in_file(base_url)


def _variable(name: str) -> Secret[str]:
    """One variable of the environment. An error would show the others too if a function had the whole environment."""
    return Secret(os.environ.get(name, ""))


def _token_in_file(base_url: str | None) -> Secret[str]:
    from .credentials_file import CREDENTIALS_FILE, FILE_EXAMPLE, HOST_KEY, TOKEN_KEY, read_credentials

    try:
        stored = read_credentials()
    except FileNotFoundError:
        problem = "does not exist"
    except RuntimeError:
        problem = "cannot be found, because there is no home directory"
    else:
        if stored.token.value is not None:
            place = f"{TOKEN_KEY} in {CREDENTIALS_FILE}"
            if stored.host.value is not None:
                _check_host(place, _base_url(stored.host, f"{HOST_KEY} in {CREDENTIALS_FILE}"), base_url)
            return validate_token(stored.token, place)
        problem = f"has no {TOKEN_KEY}"
    raise MissingCredentialsError(
        f"no token: the argument token is None, the environment variable {TOKEN_VARIABLE} is not set, and "
        f"{CREDENTIALS_FILE} {problem}; set the token in one of these places (the file contains {FILE_EXAMPLE})"
    )


def _check_host(place: str, stored_url: str, base_url: str | None) -> None:
    """Refuse a token that was stored for another host. Raises `InvalidCredentialsError`."""
    if base_url is not None and base_url != stored_url:
        stored_host, host = host_of(stored_url), host_of(base_url)
        raise InvalidCredentialsError(
            f"{place}: is for {stored_host} and is not sent to {host}; pass token= for {host}, "
            f"or use the same host for {HOST_VARIABLE} and the token"
        )


def validate_token(token: Secret[Any], place: str) -> Secret[str]:
    """The token, if a cookie or a header can carry it. Raises `InvalidCredentialsError`, which names the place."""
    if not isinstance(token.value, str) or _COOKIE_VALUE.fullmatch(token.value) is None:
        raise InvalidCredentialsError(
            f"{place}: must be printable ASCII without spaces, line breaks, quotes, commas, semicolons or backslashes; "
            "copy it as the platform shows it"
        )
    return Secret(str.__str__(token.value))


def find_base_url(host: Secret[Any], *, allow_http: bool = False) -> str:
    """The URL that the paths of the spec are appended to; `host` holds the argument of the client.

    The host of a console becomes the host of its API. Plain http is allowed only to this machine, unless `allow_http`.
    Raises `InvalidCredentialsError`.
    """
    if host.value is not None:
        return _base_url(host, "the argument host", allow_http=allow_http)
    variable = Secret(_variable(HOST_VARIABLE).value or HOST)
    if not variable.value:
        raise InvalidCredentialsError(f"no host: the spec names none; pass host=, or set {HOST_VARIABLE}")
    return _base_url(variable, f"the environment variable {HOST_VARIABLE}", allow_http=allow_http)


def host_of(base_url: str) -> str:
    """The scheme and authority of a base URL."""
    return base_url.removesuffix(BASE_PATH)


def _base_url(host: Secret[Any], place: str, *, allow_http: bool = True) -> str:
    parts = _parts_of(host.value)
    if isinstance(parts, str):
        raise InvalidCredentialsError(f"{place}: must be scheme and authority, such as {EXAMPLE_HOST}{parts}")
    scheme, name, port = parts
    if scheme == "http" and not allow_http and not is_loopback(name):
        raise InvalidCredentialsError(
            f"{place}: plain http would show the token to the network; use https, or allow_http=True"
        )
    authority = f"[{name}]" if ":" in name else re.sub("^console[.]", "api.", name)
    suffix = "" if port is None else f":{port}"
    return f"{scheme}://{authority}{'' if suffix == DEFAULT_PORTS[scheme] else suffix}{BASE_PATH}"


def _parts_of(host: Any) -> tuple[str, str, int | None] | str:
    """The scheme, name and port of a host, or what is wrong with it, as the rest of a sentence."""
    if not isinstance(host, str):
        return f", as a str, not {type(host).__name__}"
    if "://" not in host:
        return "; add https:// in front"
    if re.fullmatch(r"[\x21-\x7e]+", host) is None:
        return ", in printable ASCII without spaces; encode other letters as xn--..."
    scheme, _, rest = host.partition("://")
    authority, _, path = rest.rstrip("/").partition("/")
    if path and path == BASE_PATH.strip("/"):
        return f"; remove {BASE_PATH}, the client adds it"
    if path:
        return "; remove the path"
    if "@" in authority:
        return "; remove the user name and password"
    if scheme.lower() not in ("http", "https"):
        return "; use the scheme https, or http for this machine"
    match = re.fullmatch(_AUTHORITY, authority)
    if match is None or not (match["name"] or _is_ipv6(match["ipv6"])):
        return "; use a host name or an address, without a query or a fragment"
    if match["port"] and not 1 <= int(match["port"]) <= MAX_PORT:
        return f"; use a port from 1 to {MAX_PORT}"
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
    # For an IPv4 address within an IPv6 one, the result of `is_loopback` depends on the version of Python.
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


def _is_ipv6(name: str) -> bool:
    from ipaddress import IPv6Address

    try:
        IPv6Address(name)
    except ValueError:
        return False
    return True
