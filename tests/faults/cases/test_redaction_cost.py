"""What it costs to redact the errors of a create request with a long cluster config."""

from __future__ import annotations

import json
import time

import pytest

from anyscale_sessions import CreateSession, SessionsClient, UnprocessableEntityError
from anyscale_sessions._redaction import MASK, redacted_body
from anyscale_sessions._utils.secret_texts import SecretTexts

from ..faults import responses, whole
from ..server import FaultServer

MIB = 1024 * 1024
# A tenth of what the former redaction took, and ten times what the benchmark allows: test machines are busy.
LIMIT_S = 0.5


def config_of(lines: int, width: int) -> str:
    """A cluster config of lines that differ at both ends."""
    return "\n".join(f"k{number}: " + "v" * width + str(number) for number in range(lines))


@pytest.mark.parametrize(("lines", "width", "problems"), [(1000, 40, 100), (1000, 1000, 100), (26_000, 30, 100)])
def test_an_error_for_a_long_config_takes_little_cpu(lines: int, width: int, problems: int) -> None:
    """A 422 with many problems for a create request with a long cluster config is redacted without delay."""
    config = config_of(lines, width)
    quoted = config.splitlines()[-1]
    detail = [{"loc": ["body", f"f{number}"], "msg": f"bad value {quoted}"} for number in range(problems)]
    refusal = responses(whole(json.dumps({"detail": detail}).encode()[:60_000], b"422 No"), end="keep")
    body = CreateSession(name="kit", project_id="prj_1", cluster_config=config, cloud_id="c")
    with FaultServer(refusal).serving() as server, SessionsClient("t" * 20, host=server.url) as client:
        began = time.thread_time()
        with pytest.raises(UnprocessableEntityError) as caught:
            client.create_session(body)
        assert time.thread_time() - began < LIMIT_S
    assert quoted not in str(caught.value) + caught.value.body
    assert f"bad value {MASK}" in caught.value.body


@pytest.mark.parametrize("lines", [1, 1000, 26_000])
def test_a_body_of_the_largest_size_takes_little_cpu(lines: int) -> None:
    """A response of 16 MiB that quotes a cluster config of 1 MiB is redacted without delay."""
    config = config_of(lines, MIB // lines)
    body = json.dumps({"detail": config}).encode().ljust(16 * MIB)
    began = time.thread_time()
    assert "vvv" not in redacted_body(body, SecretTexts([config]))
    assert time.thread_time() - began < LIMIT_S
