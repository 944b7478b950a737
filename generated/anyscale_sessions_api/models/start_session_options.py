# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from __future__ import annotations

from attrs import define, field

from ..types import Model, WireRules


@define(kw_only=True, init=False, eq=False, repr=False, weakref_slot=False)
class StartSessionOptions(Model):
    """What to start a session with. What is absent stays as the session has it."""

    cluster_config: str | None = field(default=None, repr=False)
    """New cluster YAML to start the session with."""
    build_id: str | None = None
    """Id of the cluster environment build to start the session with."""
    compute_template_id: str | None = None
    """Id of the compute template to start the session with."""
    allow_public_internet_traffic: bool | None = None
    """Whether Ray Serve endpoints can be reached from the public internet. If false, a token is needed to reach them.
    Unchanged when absent.
    """

    def __init__(
        self,
        *,
        cluster_config: str | None = None,
        build_id: str | None = None,
        compute_template_id: str | None = None,
        allow_public_internet_traffic: bool | None = None,
    ) -> None:
        self.cluster_config = cluster_config
        self.build_id = build_id
        self.compute_template_id = compute_template_id
        self.allow_public_internet_traffic = allow_public_internet_traffic

    __wire__ = WireRules(
        forbidden={
            "build_id": "[\\u0000-\\u001f\\u007f-\\u009f]",
            "compute_template_id": "[\\u0000-\\u001f\\u007f-\\u009f]",
        }
    )
