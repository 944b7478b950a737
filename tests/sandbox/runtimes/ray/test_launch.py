"""The programs of a Ray cluster: their command lines and their environments."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from anyscale_sessions_sandbox.runtimes.catalog import Build
from anyscale_sessions_sandbox.runtimes.ray import builds, launch
from anyscale_sessions_sandbox.runtimes.ray.autoscaling import Autoscaler
from anyscale_sessions_sandbox.runtimes.ray.cluster import Cluster, NodeType
from anyscale_sessions_sandbox.runtimes.ray.place import Place

PLACE = Place("/long/path", "/short", dashboard_port=8001, client_port=8002)
HEAD = NodeType("head", {"CPU": 1})
ENVIRONMENT = {"PATH": "/bin", **launch.settings_of("a-token", PLACE)}


def head_of(**resources: int) -> Any:
    """The program of a head node with these resources."""
    return launch.programs_of(NodeType("head", resources), None, PLACE, ENVIRONMENT)[0]


def test_the_programs_of_a_cluster_need_no_module_of_their_folder() -> None:
    """Each program starts with -P, so that it cannot import a file of its own folder instead of Ray."""
    programs = launch.programs_of(HEAD, None, PLACE, ENVIRONMENT)
    assert [program.arguments[1] for program in programs] == ["-P"] * 3
    assert [program.reports for program in programs] == [False, False, True]


def test_everything_that_connects_has_the_token_and_its_mode() -> None:
    """The mode and the token of the cluster are always given together, and RAY_ADDRESS is not given to the head."""
    for program in launch.programs_of(HEAD, None, PLACE, ENVIRONMENT):
        assert program.environment["RAY_AUTH_MODE"] == "token"
        assert program.environment["RAY_AUTH_TOKEN"] == "a-token"
        assert "RAY_ADDRESS" not in program.environment


def test_the_head_has_its_resources_and_its_ports() -> None:
    """The head node has the resources of its type, uses the short path, and listens on loopback only."""
    arguments = head_of(CPU=2, GPU=1, memory=1000, object_store_memory=2000, special=3).arguments
    assert {"--num-cpus=2", "--num-gpus=1", "--memory=1000", "--object-store-memory=2000"} <= set(arguments)
    assert json.loads(next(one for one in arguments if "--resources" in one).partition("=")[2]) == {"special": 3}
    assert {"--temp-dir=/short/r", "--dashboard-port=8001", "--node-ip-address=127.0.0.1"} <= set(arguments)
    assert not any("--resources" in one or "--memory" in one for one in head_of(CPU=1).arguments)


def test_a_cluster_without_a_build_uses_the_python_of_the_sandbox() -> None:
    """Without a build, the cluster runs in the environment of the sandbox, and nothing is installed."""
    task = launch.task_of(Cluster(HEAD), None, PLACE, {"PATH": "/bin"}, token="a-token", shell="/bin/bash")
    assert [program[0] for program in task.programs] == ["Ray head", "Ray Client server", "watcher"]
    assert {program[1][0] for program in task.programs} == {sys.executable}
    assert (task.path, task.link, task.shell, task.files) == ("/long/path", "/short", "/bin/bash", {})


def test_a_cluster_with_a_build_uses_its_python_and_its_variables() -> None:
    """A build is installed first. The cluster has its Python and its variables, except its address and token."""
    build = Build(["six"], {"COLOUR": "red", "RAY_ADDRESS": "auto", "RAY_AUTH_TOKEN": "another"})
    task = launch.task_of(Cluster(HEAD, build=build), None, PLACE, {"PATH": "/bin"}, token="a-token", shell="/bin/bash")
    environment = builds.environment_of(build)
    assert [program[0] for program in task.programs][:2] == ["build", "Ray head"]
    assert {program[1][0] for program in task.programs[1:]} == {f"{environment}/bin/python"}
    assert task.environment["PATH"] == f"{environment}/bin:/bin"
    assert task.environment["COLOUR"] == "red"
    assert task.environment["RAY_AUTH_TOKEN"] == "a-token"
    assert "RAY_ADDRESS" not in task.environment


def test_a_cluster_with_workers_has_an_autoscaler() -> None:
    """The head of a cluster with workers gets the settings and the variables of the autoscaler, and commands do not."""
    cluster = Cluster(HEAD, (NodeType("w", {"CPU": 1}, 0, 1),), 1)
    autoscaler = Autoscaler(cluster, Path("/long/path"), Path("/short/r"))
    task = launch.task_of(cluster, autoscaler, PLACE, {"PATH": "/bin"}, token="a-token", shell="/bin/bash")
    _, arguments, environment, *_ = task.programs[0]
    assert task.files == autoscaler.files
    assert set(autoscaler.arguments) <= set(arguments)
    assert autoscaler.variables.items() <= environment.items()
    assert not autoscaler.variables.keys() & {*task.environment, *task.programs[1][2]}


@pytest.mark.parametrize("value", [0, launch.CLIENT_RANGES - 1])
def test_the_ports_of_clients_are_below_those_of_the_system(monkeypatch: pytest.MonkeyPatch, value: int) -> None:
    """The range of ports for Ray Client is between 20000 and the first port that systems assign."""
    monkeypatch.setattr(launch.secrets, "randbelow", lambda _: value)
    arguments = launch.programs_of(HEAD, None, PLACE, ENVIRONMENT)[1].arguments
    first, last = map(int, arguments[-2:])
    assert 20000 <= first < last < 32768
    assert last - first == 99
