"""Where the token and the host come from, what is valid, and errors that do not show an invalid one."""

from __future__ import annotations

import errno
import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyscale_sessions import (
    InvalidCredentialsError,
    MissingCredentialsError,
    SessionsClient,
)
from anyscale_sessions._config import credentials
from anyscale_sessions._config.credentials import is_loopback
from anyscale_sessions_api.types import Secret

from .conftest import FILE_REMEDY, find_base_url, find_token

TOKEN = "sss_canary-5c0d"
NO_TOKEN = (
    "no token: the argument token is None, the environment variable ANYSCALE_CLI_TOKEN is not set, and "
    "~/.anyscale/credentials.json {}; set the token in one of these places "
    '(the file contains {{"cli_token": "..."}})'
)
UNUSABLE = (
    ": must be printable ASCII without spaces, line breaks, quotes, commas, semicolons or backslashes; "
    "copy it as the platform shows it"
)
HOST_RULE = ": must be scheme and authority, such as https://api.anyscale.com"
HOST_REMEDIES = (
    "; add https:// in front",
    "; use the scheme https, or http for this machine",
    "; remove /v0, the client adds it",
    "; remove the path",
    "; remove the user name and password",
    "; use a host name or an address, without a query or a fragment",
    "; use a port from 1 to 65535",
    ", in printable ASCII without spaces; encode other letters as xn--...",
    ", as a str, not int",
    ", as a str, not bytes",
    ", as a str, not bool",
)
COOKIE_CHARACTERS = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('",;\\')


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The credentials file, not yet written, in a home directory of the test; no token in the environment."""
    mask = os.umask(0o077)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ANYSCALE_CLI_TOKEN", raising=False)
    monkeypatch.delenv("ANYSCALE_HOST", raising=False)
    folder = tmp_path / ".anyscale"
    folder.mkdir()
    yield folder / "credentials.json"
    os.umask(mask)


def refused(kind: type[Exception], call: Callable[..., object], *arguments: Any, **named: Any) -> str:
    """What is said of credentials that must be refused; nothing is chained to it."""
    with pytest.raises(kind) as caught:
        call(*arguments, **named)
    assert type(caught.value) is kind
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert "canary" not in f"{caught.value}{caught.value.args}{vars(caught.value)}{caught.value.__context__!r}"
    return str(caught.value)


# The token


def test_the_argument_goes_first(file: Path) -> None:
    """The argument wins over the environment variable and the file."""
    file.write_text('{"cli_token": "of-the-file"}')
    assert find_token("of-the-argument", {"ANYSCALE_CLI_TOKEN": "of-the-variable"}) == "of-the-argument"


def test_the_variable_goes_before_the_file(file: Path) -> None:
    """The environment variable wins over the file."""
    file.write_text('{"cli_token": "of-the-file"}')
    assert find_token(None, {"ANYSCALE_CLI_TOKEN": "of-the-variable"}) == "of-the-variable"


@pytest.mark.parametrize("environment", [{}, {"ANYSCALE_CLI_TOKEN": ""}])
@pytest.mark.parametrize(
    "content",
    [
        b'{"cli_token": "of-the-file"}',
        b'\xef\xbb\xbf{"cli_token": "of-the-file"}',
        b'\n{ "other": [1],\n"cli_token" : "of-the-file" }\r\n',
    ],
)
def test_the_file_goes_last(file: Path, environment: dict[str, str], content: bytes) -> None:
    """The file is read if the variable is missing or empty, with or without a byte order mark."""
    file.write_bytes(content)
    assert find_token(None, environment) == "of-the-file"


@pytest.mark.usefixtures("file")
def test_the_environment_is_read_when_a_client_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set after the import is used."""
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "set-later")
    assert find_token(None) == "set-later"


@pytest.mark.parametrize("prefix", ["sss_", "ses_", "aph0_", "v2.", ""])
def test_any_prefix_is_accepted(prefix: str) -> None:
    """Tokens with and without a known prefix are accepted."""
    assert find_token(f"{prefix}abc") == f"{prefix}abc"


@pytest.mark.parametrize("content", [None, b"{}", b'{"cli_token": null}', b'{"token": "canary"}'])
def test_a_missing_token_error_names_all_three_places(file: Path, content: bytes | None) -> None:
    """The error of a missing token names all three places where it can be set."""
    if content is not None:
        file.write_bytes(content)
    problem = "does not exist" if content is None else "has no cli_token"
    assert refused(MissingCredentialsError, find_token, None, {}) == NO_TOKEN.format(problem)


@pytest.mark.usefixtures("file")
def test_without_a_home_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home directory, the error of a missing token says so."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    problem = "cannot be found, because there is no home directory"
    assert refused(MissingCredentialsError, find_token, None, {}) == NO_TOKEN.format(problem)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"canary",
        b'"canary"',
        b'["canary"]',
        b'{"cli_token": "canary"',
        b'\xff{"canary": 1}',
        b'{"cli_token": "canary\\ud83d"}',
        b"[" * 60_000,
    ],
)
def test_a_malformed_file_is_refused(file: Path, content: bytes) -> None:
    """A file that is not one JSON object is refused with its rule, an example and the other places."""
    file.write_bytes(content)
    text = refused(InvalidCredentialsError, find_token, None, {})
    assert text == f"~/.anyscale/credentials.json: must be a JSON object in UTF-8{FILE_REMEDY}"


def test_a_file_in_utf_16_is_malformed(file: Path) -> None:
    """A file in UTF-16 is refused."""
    file.write_text('{"cli_token": "canary"}', encoding="utf-16")
    assert "must be a JSON object in UTF-8" in refused(InvalidCredentialsError, find_token, None, {})


@pytest.mark.parametrize("value", ['""', '" "', "5", "true", '["canary"]', '{"canary": 1}', '"canary\\n"'])
def test_a_file_with_an_unusable_token_is_refused(file: Path, value: str) -> None:
    """A token in the file with another type or other characters is refused with its place."""
    file.write_text(f'{{"cli_token": {value}}}')
    text = refused(InvalidCredentialsError, find_token, None, {})
    assert text == f"cli_token in ~/.anyscale/credentials.json{UNUSABLE}"


def test_a_directory_is_no_credentials_file(file: Path) -> None:
    """A directory in place of the file is refused with the system's reason."""
    file.mkdir()
    text = refused(InvalidCredentialsError, find_token, None, {})
    assert text == f"~/.anyscale/credentials.json: cannot be read: Is a directory{FILE_REMEDY}"


@pytest.mark.usefixtures("file")
def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A file in place of the folder is refused with the system's reason."""
    (tmp_path / ".anyscale").rmdir()
    (tmp_path / ".anyscale").write_text("canary")
    assert "cannot be read: Not a directory" in refused(InvalidCredentialsError, find_token, None, {})


@pytest.mark.usefixtures("file")
def test_an_unreadable_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission to read is refused (simulated, because root has every permission)."""

    def denied(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "canary")

    monkeypatch.setattr(os, "open", denied)
    assert "cannot be read: Permission denied" in refused(InvalidCredentialsError, find_token, None, {})


@pytest.mark.parametrize("place", ["argument", "variable"])
@pytest.mark.parametrize(
    "end", ["\n", "\r\nset-cookie: x", ";", " ", ",", '"', "\\", "\x00", "\x7f", "é", "\ud800", "\u2028"]
)
def test_a_token_that_no_cookie_can_hold_is_refused(place: str, end: str) -> None:
    """A token with line breaks, separators or letters that are not ASCII is refused and not shown."""
    token = f"canary{end}"
    text = (
        refused(InvalidCredentialsError, find_token, token, {})
        if place == "argument"
        else refused(InvalidCredentialsError, find_token, None, {"ANYSCALE_CLI_TOKEN": token})
    )
    its_place = "argument token" if place == "argument" else "environment variable ANYSCALE_CLI_TOKEN"
    assert text == f"the {its_place}{UNUSABLE}"


@pytest.mark.parametrize("token", ["", 5, b"canary", ["canary"], True])
def test_an_argument_that_is_no_token_is_refused(token: Any) -> None:
    """An argument that is empty or no text is refused and not replaced by another place."""
    assert "the argument token" in refused(InvalidCredentialsError, find_token, token)


@given(st.text(st.characters(codec=None), min_size=1))
def test_tokens_are_what_cookies_can_hold(token: str) -> None:
    """A token may have exactly the characters that RFC 6265 allows in the value of a cookie."""
    if set(token) <= COOKIE_CHARACTERS:
        assert find_token(token) == token
    else:
        with pytest.raises(InvalidCredentialsError):
            find_token(token)


def test_a_client_finds_its_token_when_it_is_made(file: Path) -> None:
    """A client without a token cannot be made, and the repr of a client shows no token."""
    assert "no token" in refused(MissingCredentialsError, SessionsClient)
    file.write_text(f'{{"cli_token": "{TOKEN}"}}')
    with SessionsClient() as client:
        assert TOKEN not in repr(client)


# The host


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("https://api.anyscale.com", "https://api.anyscale.com/v0"),
        ("https://api.anyscale.com/", "https://api.anyscale.com/v0"),
        ("https://api.anyscale.com//", "https://api.anyscale.com/v0"),
        ("https://console.anyscale.com", "https://api.anyscale.com/v0"),
        ("https://console.anyscale-staging.com/", "https://api.anyscale-staging.com/v0"),
        ("https://console.example.com:8443/", "https://api.example.com:8443/v0"),
        ("HTTPS://Console.Example.COM", "https://api.example.com/v0"),
        ("https://my.console.example.com", "https://my.console.example.com/v0"),
        ("https://consoles.example.com", "https://consoles.example.com/v0"),
        ("https://example.com:", "https://example.com/v0"),
        ("https://example.com:443", "https://example.com/v0"),
        ("http://localhost:80", "http://localhost/v0"),
        ("https://example.sx", "https://example.sx/v0"),
        ("https://example.com.", "https://example.com./v0"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example/v0"),
        ("https://10.0.0.1:1", "https://10.0.0.1:1/v0"),
        ("https://[2001:DB8::1]:65535/", "https://[2001:db8::1]:65535/v0"),
        ("http://localhost:8000", "http://localhost:8000/v0"),
        ("http://LOCALHOST", "http://localhost/v0"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v0"),
        ("http://127.255.255.254", "http://127.255.255.254/v0"),
        ("http://[::1]:8000", "http://[::1]:8000/v0"),
    ],
)
def test_hosts_become_base_urls(host: str, url: str) -> None:
    """A host becomes a base URL with `/v0`, in lower case, and with the API's host for a console's."""
    assert find_base_url(host, {}) == find_base_url(None, {"ANYSCALE_HOST": host}) == url


def test_hosts_are_found_in_order() -> None:
    """The host is the argument, then the environment variable if it is not empty, then the hosted API."""
    assert find_base_url("https://a", {"ANYSCALE_HOST": "https://b"}) == "https://a/v0"
    assert find_base_url(None, {"ANYSCALE_HOST": "https://b"}) == "https://b/v0"
    assert find_base_url(None, {}) == find_base_url(None, {"ANYSCALE_HOST": ""}) == "https://api.anyscale.com/v0"


@pytest.mark.parametrize(
    ("host", "remedy"),
    [
        ("", "add https:// in front"),
        ("api.anyscale.com", "add https:// in front"),
        ("//api.anyscale.com", "add https:// in front"),
        ("https:api.anyscale.com", "add https:// in front"),
        ("ftp://api.anyscale.com", "use the scheme https, or http for this machine"),
        ("://api.anyscale.com", "use the scheme https, or http for this machine"),
        ("https://api.anyscale.com/v0", "remove /v0, the client adds it"),
        ("https://api.anyscale.com/v0/", "remove /v0, the client adds it"),
        ("https://api.anyscale.com/api/v2", "remove the path"),
        ("https://user:canary@api.anyscale.com", "remove the user name and password"),
        ("https://api.anyscale.com@evil.example", "remove the user name and password"),
        ("https://api.anyscale.com?x=canary", "without a query or a fragment"),
        ("https://api.anyscale.com#canary", "without a query or a fragment"),
        ("https://api.anyscale.com?", "without a query or a fragment"),
        ("https://", "use a host name or an address"),
        ("https:///", "use a host name or an address"),
        ("https://:443", "use a host name or an address"),
        ("https://-x", "use a host name or an address"),
        ("https://a%2eb", "use a host name or an address"),
        ("https://a\\b", "use a host name or an address"),
        ("https://[::1", "use a host name or an address"),
        ("https://[1::2::3]", "use a host name or an address"),
        ("https://[::1%25eth0]", "use a host name or an address"),
        ("https://[127.0.0.1]", "use a host name or an address"),
        ("https://a:b", "use a host name or an address"),
        ("https://a:-1", "use a host name or an address"),
        ("https://a:" + "9" * 10_000, "use a host name or an address"),
        ("https://a:0", "use a port from 1 to 65535"),
        ("https://a:65536", "use a port from 1 to 65535"),
        ("https://bücher.example", "encode other letters as xn--"),
        ("https://\uff41pi.anyscale.com", "encode other letters as xn--"),
        ("https://api.any\nscale.com", "in printable ASCII without spaces"),
        ("https://api.anyscale.com\r\n", "in printable ASCII without spaces"),
        (" https://api.anyscale.com", "in printable ASCII without spaces"),
        ("https://a\x00b", "in printable ASCII without spaces"),
        ("https://a\ud800", "in printable ASCII without spaces"),
        (5, "not int"),
        (b"https://a", "not bytes"),
        (True, "not bool"),
    ],
)
def test_other_hosts_are_refused_with_a_remedy(host: Any, remedy: str) -> None:
    """A host that is not a scheme and an authority is refused with its place and a remedy, and is not shown."""
    text = refused(InvalidCredentialsError, find_base_url, host, {})
    (whole_remedy,) = (each for each in HOST_REMEDIES if remedy in each)
    assert text == f"the argument host{HOST_RULE}{whole_remedy}"


def test_a_wrong_host_of_the_environment_is_refused_by_its_variable() -> None:
    """A wrong host from the environment is refused with the name of the variable."""
    text = refused(InvalidCredentialsError, find_base_url, None, {"ANYSCALE_HOST": "nowhere"})
    assert text == f"the environment variable ANYSCALE_HOST{HOST_RULE}; add https:// in front"


@pytest.mark.parametrize(
    "name",
    [
        "api.anyscale.com",
        "localhost.example.com",
        "10.0.0.1",
        "0.0.0.0",
        "128.0.0.1",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ],
)
def test_plain_http_stays_on_this_machine(name: str) -> None:
    """Plain http to another machine is refused unless `allow_http` is set."""
    text = refused(InvalidCredentialsError, find_base_url, f"http://{name}", {})
    what = "plain http would show the token to the network; use https, or allow_http=True"
    assert text == f"the argument host: {what}"
    assert find_base_url(f"http://{name}", {}, allow_http=True) == f"http://{name}/v0"


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_is_this_machine(name: str) -> None:
    """The names 127.0.0.0/8, ::1 and localhost stand for this machine."""
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "localhost.", "127.0.0.1.example.com", "127.1", "2130706433", "::ffff:127.0.0.1"])
def test_nothing_else_is_loopback(name: str) -> None:
    """Other spellings of a loopback address do not count as this machine."""
    assert is_loopback(name) is False


@given(st.one_of(st.text(), st.from_regex(r"(https?://)?[a-z0-9.:@/?#\[\]%\\_-]{0,12}")))
def test_any_host_is_a_plain_url_or_refused(host: str) -> None:
    """Any host becomes a base URL of scheme, authority and `/v0`, or is refused."""
    try:
        url = find_base_url(host, {})
    except InvalidCredentialsError:
        return
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    assert (scheme in ("http", "https"), path) == (True, "v0")
    assert authority.isascii()
    assert not set(authority) & set("@?#%\\ ")


# The host that a token is for


HERE, THERE = "https://here.example", "https://there.example"


def sent_to(host: str | None, token: str | None = None) -> str:
    """The token that a client for this host finds."""
    return find_token(token, base_url=find_base_url(host))


@pytest.mark.usefixtures("file")
def test_a_token_of_the_environment_is_for_the_host_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token variable belongs to the host variable if both are set, and otherwise to the host of the client."""
    monkeypatch.setenv("ANYSCALE_CLI_TOKEN", "canary-token")
    assert sent_to(THERE) == "canary-token"
    monkeypatch.setenv("ANYSCALE_HOST", "https://console.here.example/")
    assert sent_to(None) == "canary-token"
    assert sent_to("https://API.here.example:443") == "canary-token"
    text = refused(InvalidCredentialsError, sent_to, THERE)
    assert text == (
        "the environment variable ANYSCALE_CLI_TOKEN: is for https://api.here.example and is not sent to "
        "https://there.example; pass token= for https://there.example, "
        "or use the same host for ANYSCALE_HOST and the token"
    )
    assert find_token(None) == "canary-token"
    monkeypatch.setenv("ANYSCALE_HOST", "http://here.example")
    assert find_token(None, base_url=find_base_url("http://here.example", allow_http=True)) == "canary-token"
    assert sent_to(THERE, "given") == "given"


@pytest.mark.parametrize("of_environment", [None, HERE])
def test_a_token_of_the_file_is_for_its_host(
    file: Path, monkeypatch: pytest.MonkeyPatch, of_environment: str | None
) -> None:
    """A token in a file with a host goes only to that host, and without one to any host."""
    if of_environment is not None:
        monkeypatch.setenv("ANYSCALE_HOST", of_environment)
    file.write_text('{"cli_token": "canary-token"}')
    assert sent_to(None) == "canary-token"
    assert sent_to(THERE) == "canary-token"
    file.write_text(f'{{"cli_token": "canary-token", "host": "{THERE}"}}')
    assert sent_to(THERE) == "canary-token"
    refused(InvalidCredentialsError, sent_to, None)
    refused(InvalidCredentialsError, SessionsClient)
    file.write_text('{"cli_token": "canary-token", "host": 5}')
    text = refused(InvalidCredentialsError, sent_to, THERE)
    assert text == f"host in ~/.anyscale/credentials.json{HOST_RULE}, as a str, not int"
    file.write_text('{"cli_token": "canary-token", "host": "http://there.example"}')
    assert find_token(None, base_url=find_base_url("http://there.example", allow_http=True)) == "canary-token"


# The file


def test_a_spec_without_a_server_needs_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the spec names no server, the host must be given."""
    monkeypatch.setattr(credentials, "HOST", "")
    monkeypatch.delenv("ANYSCALE_HOST", raising=False)
    with pytest.raises(InvalidCredentialsError, match="no host: the spec names none; pass host=, or set ANYSCALE_HOST"):
        credentials.find_base_url(Secret(None))


def test_a_spec_without_security_needs_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """If requests do not authenticate, no token is looked for."""
    monkeypatch.setattr(credentials, "TOKEN_HEADER", "")
    assert credentials.find_token(Secret(None)).value == ""
