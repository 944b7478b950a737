"""The warning about a sandbox that other machines can reach."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.exposure import exposure_warning


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.77", "::1", "::ffff:127.0.0.1"])
def test_a_loopback_address_needs_no_warning(address: str) -> None:
    """There is no warning about a sandbox that only its own machine can reach."""
    assert exposure_warning(address, 80, "process") is None


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("0.0.0.0", "all network addresses of this machine (0.0.0.0), port 8123"),
        ("::", "all network addresses of this machine (::), port 8123"),
        ("192.0.2.7", "192.0.2.7, port 8123"),
        ("fe80::1%eth0", "fe80::1%eth0, port 8123"),
    ],
)
def test_the_warning_names_the_address(address: str, place: str) -> None:
    """The warning names the address, and says what an address that stands for all means."""
    warning = exposure_warning(address, 8123, "virtual")
    assert warning
    assert warning.startswith(f"the sandbox listens on {place}, so other machines can connect to it.")


@pytest.mark.parametrize(
    ("runtime", "opens"),
    [
        ("virtual", "can read and change everything in it, including the tokens of its sessions."),
        ("process", "can run any command on this machine as the user who started it"),
        ("another", "can run any command on this machine as the user who started it"),
    ],
)
def test_the_warning_says_what_is_open(runtime: str, opens: str) -> None:
    """The warning says what someone with the token can do: use the data, or run commands on the machine."""
    assert f"Anyone who has its token {opens}" in str(exposure_warning("0.0.0.0", 80, runtime))
