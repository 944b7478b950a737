"""The address of the page of a sandbox."""

from __future__ import annotations

from urllib.parse import quote


def page_url(url: str, token: str) -> str:
    """The address that opens the page. It contains the token, after `#`, so that no browser sends it to a server."""
    return f"{url}/#token={quote(token, safe='')}"
