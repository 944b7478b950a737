"""Sessions that are Ray clusters."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import LOOPBACK, Clusters, until

TASK = "import ray; ray.init(); print(ray.get(ray.remote(lambda: 6 * 7).remote()))"
TOKEN_COOKIE = "anyscale-token"
JOB = """
import os, sys, time
from ray.job_submission import JobSubmissionClient
client = JobSubmissionClient(os.environ["HOST_NAME"], cookies={"anyscale-token": os.environ["TOKEN"]})
job = client.submit_job(entrypoint="python -c 'print(6 * 7)'")
while client.get_job_status(job) not in ("SUCCEEDED", "FAILED", "STOPPED"):
    time.sleep(0.1)
print(client.get_job_status(job).value, client.get_job_logs(job).strip())
"""


def test_a_session_is_a_cluster(clusters: Clusters) -> None:
    """A running session shows its addresses and the version of Ray, and `ray.init()` in a command connects to it."""
    session = clusters.running(1)[0]
    assert session["ray_version"].startswith("2.60.")
    assert session["connect_url"].startswith("ray://127.0.0.1:")
    assert session["ray_dashboard_url"] == session["host_name"]
    assert session["ray_component_activities_last_reported_at"]
    code, stdout, stderr = clusters.ran(session, f"python -c {shlex.quote(TASK)}")
    assert (code, stdout) == (0, "42\n"), stderr


def test_two_drivers_use_two_clusters_at_the_same_time(clusters: Clusters) -> None:
    """Drivers outside of the sandbox use two clusters at the same time. Each one is active until its driver leaves."""
    sessions = clusters.running(2)
    code = "print(ray.get(ray.remote(lambda: 6 * 7).remote()))"
    drivers = [clusters.driver(session, code) for session in sessions]
    assert [driver.line() for driver in drivers] == ["42", "42"]

    def status(session: Any) -> Any:
        return clusters.api.get(session)["idle_termination_status"]

    until(lambda: [status(session) for session in sessions] == ["ACTIVE_RAY"] * 2)
    assert clusters.api.get(sessions[0])["activity_details"]["driver"]["is_active"] == "ACTIVE"
    drivers[0].release()
    until(lambda: status(sessions[0]) == "IDLE")
    assert status(sessions[1]) == "ACTIVE_RAY"
    drivers[1].release()


def test_the_idle_timeout_spares_a_session_with_a_driver(clusters: Clusters) -> None:
    """When the clock advances beyond the idle timeout, a session whose driver has left ends, and no other one does."""
    used, left = clusters.running(2)
    for session in (used, left):
        path = f"/sessions/{session['id']}"
        clusters.api.result("PUT", path, {"idle_timeout": 120})
    drivers = [clusters.driver(session) for session in (used, left)]
    assert [driver.line() for driver in drivers] == ["connected"] * 2
    until(lambda: clusters.api.get(left)["idle_termination_status"] == "ACTIVE_RAY")
    until(lambda: clusters.api.get(used)["idle_termination_status"] == "ACTIVE_RAY")
    drivers[1].release()
    until(lambda: clusters.api.get(left)["idle_termination_status"] == "IDLE")
    clusters.api.sandbox.clock.advance(minutes=121)
    assert clusters.api.get(used)["state"] == "Running"
    clusters.ended(left)
    assert clusters.api.events(left)[-1]["cause"]["cause_system"] == "idle_timeout"
    drivers[0].release()


def test_jobs_are_submitted_to_the_host_name_with_the_cookie(clusters: Clusters) -> None:
    """The Jobs API at `host_name` accepts the client of Ray with the cookie that carries the session's token."""
    session = clusters.running(1)[0]
    environment = {
        "HOME": str(clusters.folder(session)),
        "HOST_NAME": session["host_name"],
        "PATH": os.environ["PATH"],
        "TOKEN": session["access_token"],
    }
    done = subprocess.run([sys.executable, "-c", JOB], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.split()[0], done.stdout.split()[-1]) == ("SUCCEEDED", "42"), done.stderr


def test_the_dashboard_is_behind_the_token(clusters: Clusters, http: httpx.Client) -> None:
    """The dashboard, its scripts and its data are served to those who have the token of the session only."""
    session = clusters.running(1)[0]
    url, token = session["ray_dashboard_url"], session["access_token"]
    assert http.get(url).status_code == 401
    assert http.get(url, headers={"Authorization": "Bearer wrong"}).status_code == 403
    headers = {"Cookie": f"{TOKEN_COOKIE}={token}"}
    page = http.get(url, headers=headers)
    assert "<title>Ray Dashboard</title>" in page.text
    script = page.text.partition('src="')[2].partition('"')[0].lstrip(".")
    assert "javascript" in http.get(f"{url}{script}", headers=headers).headers["Content-Type"]
    nodes = http.get(f"{url}/api/v0/nodes", headers=headers).json()
    assert [node["state"] for node in nodes["data"]["result"]["result"]] == ["ALIVE"]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_the_dashboard_opens_in_a_browser(clusters: Clusters, tmp_path: Path) -> None:
    """A browser that follows the sign-in link shows the dashboard, whose scripts and data come through the proxy."""
    session = clusters.running(1)[0]
    url = f"{session['ray_dashboard_url']}/?token={session['access_token']}#/cluster"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=20000",
    ]
    shown = subprocess.run(["chromium", *options, "--dump-dom", url], capture_output=True, text=True, check=True)
    assert ">ALIVE<" in shown.stdout, shown.stdout


def test_all_listeners_are_on_loopback(clusters: Clusters) -> None:
    """All ports on which the processes of a cluster listen are on the loopback interface."""
    session = clusters.running(1)[0]
    driver = clusters.driver(session)
    driver.line()
    addresses = clusters.addresses(session)
    driver.release()
    assert addresses
    assert addresses <= LOOPBACK


def test_the_directory_of_a_session_may_have_a_long_path(clusters: Clusters) -> None:
    """A cluster runs in a directory whose path is longer than Ray could use."""
    session = clusters.running(1)[0]
    folder = clusters.folder(session)
    assert len(str(folder)) > 120
    assert clusters.ran(session, "echo $HOME")[1] == f"{folder}/home\n"
