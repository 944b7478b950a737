"""Where an API is served, how requests authenticate, and what its responses are wrapped in, as the spec says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from spec.navigate import Node, mapping, resolve, sequence

ENVELOPE_KEYS = ("result", "items", "metadata", "next_token", "token", "paging")
INDISPENSABLE = "x-indispensable"
"""The key that lists the fields without which a model is of no use; a response without one is refused."""


class Service(NamedTuple):
    """Where the API is served, and how requests authenticate.

    Attributes:
        host: scheme and authority; empty if the spec does not say it.
        base_path: what precedes each path; empty or with a slash in front.
        place: where the token is sent: `cookie` or `header`; empty if it is not sent.
        name: the name of the cookie or of the header.
        prefix: what precedes the token there, such as `Bearer `.
    """

    host: str
    base_path: str
    place: str
    name: str
    prefix: str


def envelope_of(spec: Node) -> dict[str, str]:
    """The names of the fields that wrap results and pages, by their meaning; empty where the spec names none."""
    declared = mapping(spec.get("x-envelope"))
    return {key: str(declared.get(key, "")) for key in ENVELOPE_KEYS}


def service_of(spec: Node) -> Service:
    """Where the API is served, and how requests authenticate. The spec has no problems."""
    url = urlsplit(_server_url(spec))
    host = f"{url.scheme}://{url.netloc}" if url.netloc else ""
    scheme = _usable_scheme(spec, spec.get("security")) or {}
    if scheme.get("type") == "http":
        place, name, prefix = "header", "authorization", "Bearer "
    else:
        place, name, prefix = str(scheme.get("in", "")), str(scheme.get("name", "")), ""
    return Service(host, url.path.rstrip("/"), place, name.lower() if place == "header" else name, prefix)


def _server_url(spec: Node) -> str:
    servers = sequence(spec.get("servers"))
    return server_url(servers[0] if servers else None)


def server_url(declared: object) -> str:
    """The URL of a server, with the defaults of its variables."""
    server = mapping(declared)
    url = str(server.get("url", "/"))
    for name, variable in mapping(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))
    return url


def service_problems(spec: Node) -> Iterator[str]:
    """What is wrong with the servers, the security and the envelope of a spec."""
    url = _server_url(spec)
    parts = urlsplit(url)
    if "{" in url:
        yield f"servers[0].url: {url} has a variable without a default: add it to variables"
    elif parts.query or parts.fragment or (parts.scheme and parts.scheme not in ("http", "https")):
        yield f"servers[0].url: {url} must be an http or https URL without a query, or a path"
    elif not parts.netloc and not parts.path.startswith("/") and parts.path:
        yield f"servers[0].url: {url} must be a whole URL, or a path that starts with a slash"
    yield from _security_problems(spec, "security", spec.get("security"))
    yield from _envelope_problems(spec.get("x-envelope", {}))
    yield from _name_problems(INDISPENSABLE, spec.get(INDISPENSABLE, []))


def _envelope_problems(declared: Any) -> Iterator[str]:
    if not isinstance(declared, dict):
        yield "x-envelope: a mapping is needed"
    names: Node = mapping(declared)  # pyright: ignore[reportUnknownArgumentType]
    for key, name in names.items():
        if key not in ENVELOPE_KEYS:
            yield f"x-envelope.{key}: unknown key: use {', '.join(ENVELOPE_KEYS)}"
        elif not isinstance(name, str) or not name.isidentifier():
            yield f"x-envelope.{key}: the name of a field is needed"


def _name_problems(key: str, declared: Any) -> Iterator[str]:
    names = sequence(declared)
    if names != declared or not all(isinstance(name, str) for name in names):
        yield f"{key}: a list of the names of fields is needed"


def operation_security_problems(spec: Node, place: str, operation: Node) -> Iterator[str]:
    """What is wrong with the security of an operation, which must be that of the API or none."""
    if "security" not in operation:
        return
    declared = operation["security"]
    yield from _security_problems(spec, f"{place}.security", declared)
    scheme, common = _usable_scheme(spec, declared), _usable_scheme(spec, spec.get("security"))
    if scheme is not None and scheme != common:
        yield f"{place}.security: a client has one way to authenticate: use that of the whole document"


def is_public(operation: Node) -> bool:
    """Whether an operation says that requests do not authenticate."""
    declared = operation.get("security")
    return declared is not None and not any(mapping(requirement) for requirement in sequence(declared))


def _security_problems(spec: Node, place: str, declared: Any) -> Iterator[str]:
    requirements = [mapping(requirement) for requirement in sequence(declared)]
    schemes = mapping(mapping(spec.get("components")).get("securitySchemes"))
    for name in sorted({name for requirement in requirements for name in requirement} - set(schemes)):
        yield f"{place}: {name} is none of components.securitySchemes: declare it there"
        return
    if requirements and all(requirements) and _usable_scheme(spec, declared) is None:
        used = " and ".join(sorted({name for requirement in requirements for name in requirement}))
        yield (
            f"{place}: the client cannot authenticate with {used}: "
            "declare an apiKey in a cookie or a header, or http with the scheme bearer"
        )


def _usable_scheme(spec: Node, declared: Any) -> Node | None:
    """The first way to authenticate that the client has; `None` if there is none."""
    schemes = mapping(mapping(spec.get("components")).get("securitySchemes"))
    for requirement in map(mapping, sequence(declared)):
        if len(requirement) == 1:
            scheme = resolve(spec, schemes.get(next(iter(requirement))))
            is_key = scheme.get("type") == "apiKey" and scheme.get("in") in ("cookie", "header") and scheme.get("name")
            is_bearer = scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer"
            if is_key or is_bearer:
                return scheme
    return None
