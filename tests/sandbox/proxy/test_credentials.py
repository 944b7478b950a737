"""The tokens in a request: finding and removing them."""

from __future__ import annotations

import pytest

from anyscale_sessions_sandbox.proxy.credentials import Credentials, credentials_of, without_link_token, without_tokens

TOKEN, OTHER = b"the-token", b"another"


def hides(text: bytes) -> bool:
    """Whether a text is the token."""
    return text == TOKEN


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        (b"Bearer the-token", (TOKEN,)),
        (b"bearer  the-token ", (TOKEN,)),
        (b"Bearer\tthe-token", (TOKEN,)),
        (b"", ()),
        (b"Basic the-token", ()),
        (b"Bearer", ()),
        (b"Bearer ", ()),
    ],
)
def test_a_bearer_token_is_found(value: bytes, tokens: tuple[bytes, ...]) -> None:
    """The token of the scheme Bearer is found, in any case and with spaces around it, and no other authorization."""
    assert credentials_of([(b"authorization", value)], b"/", 80) == Credentials(tokens, ())


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        (b"anyscale-token=the-token", (TOKEN,)),
        (b"a=b; anyscale-token-80=the-token;c=d", (TOKEN,)),
        (b'anyscale-token="the-token"; anyscale-token-80=""', (TOKEN,)),
        (b"anyscale-token=another; anyscale-token-80=the-token", (OTHER, TOKEN)),
        (b"anyscale-token-81=the-token; anyscale-token=; xanyscale-token=the-token; anyscale-token", ()),
    ],
)
def test_cookies_with_a_token_are_found(value: bytes, tokens: tuple[bytes, ...]) -> None:
    """The tokens in the cookie of the platform and in the cookie of this port are found, and in no other cookie."""
    assert credentials_of([(b"cookie", value)], b"/", 80) == Credentials((), tokens)


@pytest.mark.parametrize(
    ("target", "tokens"),
    [
        (b"/a?token=the-token", (TOKEN,)),
        (b"/a?x=1&%74oken=the%2Dtoken&token=another", (TOKEN, OTHER)),
        (b"/token=the-token?x=token=the-token&token=&token", ()),
    ],
)
def test_the_token_of_a_link_is_found(target: bytes, tokens: tuple[bytes, ...]) -> None:
    """The values of the query parameter `token` are found, also if they are percent-encoded."""
    assert credentials_of([], target, 80) == Credentials((), (), tokens)


@pytest.mark.parametrize(
    ("target", "cleaned"),
    [
        (b"/a?token=the-token", b"/a"),
        (b"/a?x=1&token=the%2dtoken&&y", b"/a?x=1&&y"),
        (b"/a?token=another&x", b"/a?token=another&x"),
        (b"/a?", b"/a?"),
        (b"*", b"*"),
    ],
)
def test_the_token_of_a_link_is_removed(target: bytes, cleaned: bytes) -> None:
    """A token is removed from the query, and everything else of the target is unchanged."""
    assert without_link_token(target, hides) == cleaned


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        (b"authorization", b"Bearer the-token", None),
        (b"authorization", b"Bearer\tthe-token", None),
        (b"authorization", b'Token token="the-token", Bearer x', None),
        (b"authorization", b"Bearer another", b"Bearer another"),
        (b"authorization", b"Basic dTpw", b"Basic dTpw"),
        (b"cookie", b"anyscale-token=another", None),
        (b"cookie", b"a=1; anyscale-token-80=x; cli_token=y; b=2", b"a=1; b=2"),
        (b"cookie", b"mine=the-token; a=1", b"a=1"),
        (b"cookie", b'mine="the-token"; a="1"', b'a="1"'),
        (b"referer", b"http://localhost/a?token=the-token", b"http://localhost/a"),
        (b"accept", b"the-token", b"the-token"),
    ],
)
def test_tokens_are_removed_from_headers(name: bytes, value: bytes, kept: bytes | None) -> None:
    """The tokens of a session are removed; other cookies and an authorization for the service itself stay."""
    assert without_tokens([(name, value)], hides) == ([] if kept is None else [(name, kept)])


def test_the_repr_shows_no_token() -> None:
    """The repr of the tokens of a request, which a traceback can contain, does not show them."""
    assert repr(Credentials((TOKEN,), (TOKEN,), (TOKEN,))) == "Credentials(...)"
