"""Watches a Ray cluster: reports when it can be used, and then which of its components are active.

    python -P -m anyscale_sessions_sandbox.runtimes.ray.watch RAY_DIRECTORY DASHBOARD_PORT CLIENT_PORT

It writes the reports that `programs.py` describes. Activities are reported when they change, and every minute. It needs
the standard library only, so that it starts fast and takes little memory.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
READY_POLL_S = 0.05
POLL_S = 0.25
# How often activities are reported that have not changed.
REPEAT_S = 60.0
READY_TIMEOUT_S = 150.0
RESPONSE_TIMEOUT_S = 10.0
# How long the dashboard may fail to respond. It does so while the machine is very busy.
SILENCE_S = 60.0
REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
ACTIVITIES = "/api/component_activities"
# See autoscaling.py, which this script cannot import.
TERMINATIONS_FILE = "terminations"


class Dashboard:
    """The HTTP API of the dashboard of a cluster."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection = http.client.HTTPConnection(HOST, port, timeout=RESPONSE_TIMEOUT_S)

    def get(self, path: str) -> Any:
        """The JSON at a path, or None if there is no response. Exits if another cluster has the port."""
        try:
            self._connection.request("GET", path, headers=self._headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None
        if response.status in REFUSED:
            sys.exit(f"port {self._port} belongs to another Ray cluster")
        return json.loads(body) if response.status == HTTPStatus.OK else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def main() -> None:
    """Watch a cluster until this process is ended."""
    directory, dashboard_port, client_port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with closing(Dashboard(dashboard_port, os.environ["RAY_AUTH_TOKEN"])) as dashboard:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not (found := _find(directory, dashboard, client_port)):
            if time.monotonic() > deadline:
                sys.exit(f"the cluster was not ready within {READY_TIMEOUT_S:.0f} s")
            time.sleep(READY_POLL_S)
        address, version = found
        report({"observed": {"ray_version": version, "activities": activities_of(dashboard.get(ACTIVITIES) or {})}})
        report({"ready": True, "environment": {"RAY_ADDRESS": address}})
        _watch(dashboard, directory / TERMINATIONS_FILE)


def _find(directory: Path, dashboard: Dashboard, client_port: int) -> tuple[str, str] | None:
    """The address and the Ray version of the cluster, or None if a part of it cannot be used yet."""
    # The head writes this file last. The dashboard and the server for Ray Client start at the same time as the head.
    with suppress(OSError):
        address = (directory / "ray_current_cluster").read_text(encoding="utf-8").strip()
        socket.create_connection((HOST, client_port), RESPONSE_TIMEOUT_S).close()
        version = dashboard.get("/api/version")
        if address and version:
            return address, version["ray_version"]
    return None


def _watch(dashboard: Dashboard, terminations_file: Path) -> None:
    """Report activities when they change, and terminations of worker nodes; see `nodes.py`."""
    terminations = ""
    reported: Mapping[str, Any] = {}
    reported_at = response_at = time.monotonic()
    while True:
        performed = _read(terminations_file)
        if performed != terminations:
            report({"observed": {"workers_terminated": True}})
            terminations = performed
        response = dashboard.get(ACTIVITIES)
        now = time.monotonic()
        if response is not None:
            response_at = now
            activities = activities_of(response)
            if _without_times(activities) != _without_times(reported) or now - reported_at > REPEAT_S:
                report({"observed": {"activities": activities}})
                reported, reported_at = activities, now
        elif now - response_at > SILENCE_S:
            sys.exit(f"the dashboard has not responded for {SILENCE_S:.0f} s")
        time.sleep(POLL_S)


def _read(path: Path) -> str:
    """The content of a file; empty if there is no file."""
    with suppress(OSError):
        return path.read_text(encoding="utf-8")
    return ""


def activities_of(response: Mapping[str, Any]) -> dict[str, Any]:
    """The activity of each component, from the dashboard's response. Times become seconds before now."""
    now = time.time()
    return {
        name: {
            "is_active": activity["is_active"],
            "reason": activity.get("reason"),
            "idle_s": max(now - activity["last_activity_at"], 0.0) if activity.get("last_activity_at") else None,
        }
        for name, activity in response.items()
    }


def _without_times(activities: Mapping[str, Any]) -> object:
    return {
        name: (activity["is_active"], activity["reason"], activity["idle_s"] is None)
        for name, activity in activities.items()
    }


def report(message: Mapping[str, Any]) -> None:
    """Write a report for the supervisor."""
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
