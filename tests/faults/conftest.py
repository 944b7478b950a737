"""What tests of faults share: certificates, good and bad, and a look at what a test leaves open."""

from __future__ import annotations

import gc
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

AUTHORITY = "anyscale-sessions"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Whoever vouches for the certificates of this run of the tests, and for no others."""
    return trustme.CA(organization_name=AUTHORITY, organization_unit_name="tests")


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate, as a PEM file."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def certificates(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    """TLS for a server, by the kind of its certificate."""
    long_ago = datetime.now(UTC) - timedelta(days=1000)
    made = {
        "good": authority.issue_cert("127.0.0.1"),
        "other name": authority.issue_cert("sessions.invalid"),
        "expired": authority.issue_cert("127.0.0.1", not_before=long_ago, not_after=long_ago + timedelta(days=1)),
        "untrusted": trustme.CA().issue_cert("127.0.0.1"),
    }
    contexts = {kind: ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) for kind in made}
    for kind, certificate in made.items():
        certificate.configure_cert(contexts[kind])
    return contexts


def open_sockets() -> int:
    """How many sockets this process has."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except OSError:
            continue
    return count


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """A test that leaves as many sockets open as there were; none is closed for being garbage only."""
    gc.collect()
    before = open_sockets()
    yield
    assert open_sockets() == before
