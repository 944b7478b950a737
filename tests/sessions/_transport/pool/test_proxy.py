"""Proxies that httpcore speaks to."""

from __future__ import annotations

import importlib.util

import pytest

from anyscale_sessions import (
    InvalidRequestError,
)

from ..conftest import Make, fails


@pytest.mark.default_transport
def test_socks_proxy_without_its_package(face: Make) -> None:
    """A SOCKS proxy needs a package more, and says which."""
    if importlib.util.find_spec("socksio"):
        pytest.skip("socksio is installed")
    error = fails(face("https://sessions.invalid", proxy="socks5://127.0.0.1:1"), InvalidRequestError)
    assert "socksio" in str(error)
