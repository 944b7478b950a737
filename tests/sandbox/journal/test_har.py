"""The journal as an HTTP archive."""

from __future__ import annotations

import json
from typing import Any


def test_it_can_be_taken_away_as_an_archive(api: Any) -> None:
    """The journal can be exported as HAR 1.2."""
    api.create()
    api.call("GET", "/sessions/", params={"project_id": "p"})
    log = api.sandbox.journal.to_har()["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", 2)
    first, second = log["entries"]
    assert first["request"]["postData"]["mimeType"] == "application/json"
    assert json.loads(first["request"]["postData"]["text"])["name"] == "a"
    assert first["response"]["content"]["mimeType"] == "application/json"
    assert "postData" not in second["request"]
    assert second["request"]["queryString"] == [{"name": "project_id", "value": "p"}]
    assert (second["response"]["status"], second["response"]["statusText"]) == (200, "OK")
    entry = api.sandbox.journal.open("now", "GET", "/x")
    entry.fault = "stall"
    api.sandbox.journal.add(entry)
    last = api.sandbox.journal.to_har()["log"]["entries"][-1]
    assert (last["response"]["status"], last["response"]["comment"]) == (0, "fault: stall")
    assert api.sandbox.journal.text(1).endswith("GET /x -> no response (fault: stall)")
