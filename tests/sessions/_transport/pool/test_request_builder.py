"""Steps of a call as requests of httpcore."""

from __future__ import annotations

import pytest

from anyscale_sessions._sansio.messages import Send
from anyscale_sessions._sansio.request import Request
from anyscale_sessions._transport.pool.request_builder import RequestBuilder
from anyscale_sessions._transport.request_defaults import RequestDefaults, Settings

SETTINGS = Settings(base_url="https://h.example:8443/v0", headers={"accept": "a"}, connect_timeout_s=5.0)


@pytest.mark.parametrize(
    ("method", "body", "length"), [("GET", None, None), ("POST", None, b"0"), ("PUT", b"{}", b"2")]
)
def test_request(method: str, body: bytes | None, length: bytes | None) -> None:
    """A request has the target, headers, length and timeouts of its step."""
    step = Send(Request(operation_id="any", method=method, target="/x?y=%20", body=body), 30.0, 60.0, ((b"t", b"1"),))
    request = RequestBuilder(RequestDefaults.of(SETTINGS)).build(step)
    headers = dict(request.headers)
    assert request.method == method.encode()
    assert bytes(request.url) == b"https://h.example:8443/v0/x?y=%20"
    assert (headers[b"host"], headers[b"accept"], headers[b"t"]) == (b"h.example:8443", b"a", b"1")
    assert headers.get(b"content-length") == length
    assert (b"content-type" in headers) == (body is not None)
    assert request.extensions["timeout"] == {"connect": 5.0, "pool": 5.0, "read": 30.0, "write": 30.0}
