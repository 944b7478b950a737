"""The address of the page."""

from __future__ import annotations

from anyscale_sessions_sandbox.page.address import page_url


def test_a_token_with_special_characters_is_quoted() -> None:
    """Characters of the token that have a meaning in a URL are percent-encoded after the number sign."""
    assert (
        page_url("http://127.0.0.1:1", "a#b%c&d/e=f?g+h.") == "http://127.0.0.1:1/#token=a%23b%25c%26d%2Fe%3Df%3Fg%2Bh."
    )
