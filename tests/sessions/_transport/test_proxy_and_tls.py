"""Which certificates are trusted, and which proxy is used, as the caller or the environment says."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from anyscale_sessions import (
    APIConnectionError,
    APITimeoutError,
    InvalidRequestError,
)
from anyscale_sessions._transport.proxy_and_tls import proxy_of

from ..conftest import Scripted, Turned
from .conftest import GOOD, Make, every_transport, fails, own_client

SYSTEM_PROXY = "http://192.0.2.1:3128"
SUBJECT_HASH = "65d64afd"  # by which OpenSSL finds the certificate of the tests' authority in a folder


@every_transport
def test_certificate_that_is_not_trusted(face: Make, scripted_tls: Scripted, ca_file: Path) -> None:
    """An untrusted certificate ends the call at its first attempt; with `ca_file` it is trusted."""
    error = fails(face(scripted_tls.url), APIConnectionError)
    assert error.attempts == 1
    assert "certificate is not trusted" in str(error)
    assert scripted_tls.asked == []
    scripted_tls.json(GOOD)
    client = face(scripted_tls.url, ca_file=str(ca_file))
    assert client.get_session("ses_1").id == "ses_1"
    client.close()


@every_transport
def test_server_that_speaks_no_tls(face: Make, scripted: Scripted) -> None:
    """A TLS handshake that fails for another reason is a connection that did not come about."""
    client = face(scripted.url.replace("http:", "https:"), max_attempts=2, clock=Turned().clock(), connect_timeout=0.5)
    with pytest.raises((APIConnectionError, APITimeoutError)) as raised:
        client.get_session("ses_1")
    assert raised.value.attempts == 2


@every_transport
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_of_the_environment(
    face: Make, scripted_tls: Scripted, ca_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """What SSL_CERT_FILE or SSL_CERT_DIR names is trusted, unless the environment is not."""
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / f"{SUBJECT_HASH}.0").write_text(ca_file.read_text())
    monkeypatch.setenv(name, str(ca_file if name == "SSL_CERT_FILE" else tmp_path))
    scripted_tls.json(GOOD)
    client = face(scripted_tls.url)
    assert client.get_session("ses_1").id == "ses_1"
    client.close()
    fails(face(scripted_tls.url, trust_env=False), APIConnectionError)


@every_transport
def test_name_and_password_for_a_proxy(face: Make, scripted: Scripted) -> None:
    """The user in a proxy's URL goes to the proxy, and nowhere else."""
    scripted.json(GOOD)
    proxy = scripted.url.replace("http://", "http://us%40er:pass@")
    face("http://sessions.invalid", allow_http=True, proxy=proxy).get_session("ses_1")
    assert scripted.asked[0].headers["proxy-authorization"] == "Basic dXNAZXI6cGFzcw=="
    assert "pass" not in scripted.asked[0].line


@every_transport
def test_proxy_for_https_carries_a_tunnel(face: Make, scripted: Scripted, session_body: Any) -> None:
    """Over https a proxy is asked for a tunnel and sees no token; where it refuses, the request was not sent."""
    client = face("https://sessions.invalid", proxy=scripted.url, max_attempts=1)
    scripted.response(b"", 403)
    fails(client, APIConnectionError, "create_session", session_body)
    assert scripted.asked[0].line == "CONNECT sessions.invalid:443 HTTP/1.1"
    assert "cookie" not in scripted.asked[0].headers


@every_transport
def test_hosts_without_a_proxy(face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no_proxy names is reached without a proxy."""
    for variable in ("HTTP_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("http_proxy", scripted.url.removeprefix("http://"))
    monkeypatch.setenv("no_proxy", "other.example,.invalid")
    fails(face("http://sessions.invalid", allow_http=True, max_attempts=1), APIConnectionError)
    assert scripted.asked == []
    monkeypatch.setenv("no_proxy", "other.example")
    scripted.json(GOOD)
    assert face("http://sessions.invalid", allow_http=True).get_session("ses_1").id == "ses_1"


@every_transport
@pytest.mark.parametrize("setting", ["proxy", "HTTP_PROXY"])
def test_proxy_is_used_for_other_machines_only(
    face: Make, scripted: Scripted, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """A proxy, given or from the environment, is used for other machines and never for this one."""
    for name in ("http_proxy", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    options: dict[str, Any] = {"max_attempts": 1}
    if setting == "proxy":
        options["proxy"] = scripted.url
    else:
        monkeypatch.setenv(setting, scripted.url)
    scripted.json(GOOD)
    face("http://sessions.invalid", allow_http=True, **options).get_session("ses_1")
    assert scripted.asked[0].line in {
        f"GET http://sessions.invalid{port}/v0/sessions/ses_1 HTTP/1.1" for port in ("", ":80")
    }
    scripted.json(GOOD)
    face(scripted.url, **options).get_session("ses_1")
    assert scripted.asked[1].line == "GET /v0/sessions/ses_1 HTTP/1.1"
    if setting != "proxy":
        fails(face("http://sessions.invalid", allow_http=True, trust_env=False, **options), APIConnectionError)
        assert len(scripted.asked) == 2


@every_transport
@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "gopher://proxy"), ("HTTPS_PROXY", "http://[::1"), ("SSL_CERT_FILE", "/nowhere/at/all.pem")],
)
def test_environment_that_cannot_be_used(face: Make, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A proxy or a certificate file of the environment that cannot be used is named, and can be left out."""
    monkeypatch.setenv(name, value)
    error = fails(face("https://sessions.invalid"), InvalidRequestError)
    assert error.problems[0].field.upper() == name
    assert value not in str(error)


@pytest.mark.parametrize("is_own", [True, False])
def test_netrc_is_not_read(
    face: Make, scripted: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_own: bool
) -> None:
    """What ~/.netrc says of the host is sent by neither kind of connection."""
    (tmp_path / ".netrc").write_text("default login user password hush\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    theirs = None if is_own else own_client(face)[1]
    client = face(scripted.url, http_client=theirs)
    scripted.json(GOOD)
    client.get_session("ses_1")
    assert "authorization" not in scripted.asked[0].headers
    if theirs is not None:
        client.done(theirs.aclose() if hasattr(theirs, "aclose") else theirs.close())


@pytest.mark.parametrize(("found", "proxy"), [({"https": SYSTEM_PROXY}, SYSTEM_PROXY), ({}, None)])
def test_the_proxy_of_the_system_counts_on_macos_and_windows(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, str], proxy: str | None
) -> None:
    """Where no variable names a proxy, that of the system's settings is used, if it has such settings."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    settings: Any = SimpleNamespace(proxy=None, trust_env=True)
    defaults: Any = SimpleNamespace(host="sessions.example", port=443, url=SimpleNamespace(scheme="https"))
    monkeypatch.setattr("urllib.request.getproxies", lambda: found)
    monkeypatch.setattr(sys, "platform", "linux")
    assert proxy_of(settings, defaults) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    used = proxy_of(settings, defaults)
    assert (used and used.url) == proxy
