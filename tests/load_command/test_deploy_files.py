"""The files for several machines: they are YAML, their fields exist, and their options are ours."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from chatproof.cli.load import command
from chatproof.config import from_table
from support.plain_yaml import documents

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
TEXT = {path.name: path.read_text(encoding="utf-8") for path in sorted(DEPLOY.glob("*.yaml"))}

POD = {
    "restartPolicy": str,
    "securityContext": {"fsGroup": int},
    "containers": [
        {
            "name": str,
            "image": str,
            "args": [str],
            "envFrom": [{"secretRef": {"name": str}}],
            "ports": [{"name": str, "containerPort": int}],
            "resources": {"requests": {"cpu": str, "memory": str}, "limits": {"memory": str}},
            "volumeMounts": [{"name": str, "mountPath": str, "readOnly": bool}],
        }
    ],
    "volumes": [{"name": str, "configMap": {"name": str}, "persistentVolumeClaim": {"claimName": str}}],
}
RESOURCES = {"requests": {"cpu": str, "memory": str}, "limits": {"cpu": str, "memory": str}}
SPECS: dict[tuple[str, str], Any] = {
    ("v1", "ConfigMap"): None,
    ("v1", "PersistentVolumeClaim"): {"accessModes": [str], "resources": {"requests": {"storage": str}}},
    ("v1", "Service"): {"selector": {"app": str}, "ports": [{"name": str, "port": int, "targetPort": int}]},
    ("networking.k8s.io/v1", "NetworkPolicy"): {
        "podSelector": {"matchLabels": {"app": str}},
        "policyTypes": [str],
        "ingress": [
            {"from": [{"podSelector": {"matchLabels": {"app": str}}}], "ports": [{"protocol": str, "port": int}]}
        ],
    },
    ("batch/v1", "Job"): {
        "backoffLimit": int,
        "parallelism": int,
        "completions": int,
        "template": {"metadata": {"labels": {"app": str}}, "spec": POD},
    },
    # Field names of the resource definition of Locust's operator: what it does not know a cluster drops in silence.
    ("locust.cloud/v1", "LocustTest"): {
        "annotations": {},
        "labels": {},
        "image": str,
        "imagePullPolicy": str,
        "imagePullSecrets": [{"name": str}],
        "workers": int,
        "args": str,
        "env": [{"name": str, "value": str}],
        "master": {"labels": {}, "annotations": {}, "resources": RESOURCES},
        "worker": {"labels": {}, "annotations": {}, "resources": RESOURCES},
        "locustfile": {"content": str, "configMap": {"name": str}},
        "metrics": {"intervalSeconds": int},
    },
}


def wrong(value: Any, known: Any, where: str) -> list[str]:
    """Fields that are not known, and values of another kind."""
    if isinstance(known, dict):
        if not isinstance(value, dict):
            return [f"{where} is no mapping"]
        found = [f"{where}.{name} is not known" for name in value if name not in known]
        return found + [entry for name in value if name in known for entry in wrong(value[name], known[name], name)]
    if isinstance(known, list):
        return [entry for item in value for entry in wrong(item, known[0], where)]
    return [] if type(value) is known else [f"{where} is {value!r}"]


def all_of(name: str) -> list[Any]:
    return documents(TEXT[name])


def command_lines() -> list[tuple[str, list[str]]]:
    """All options with which the files start chatproof, each beside its file."""
    services = all_of("compose.yaml")[0]["services"]
    found = [("compose.yaml", service["command"]) for service in services.values()]
    jobs = [entry for entry in all_of("kubernetes.yaml") if entry["kind"] == "Job"]
    found += [("kubernetes.yaml", job["spec"]["template"]["spec"]["containers"][0]["args"]) for job in jobs]
    for entry in all_of("locust-operator.yaml"):
        if entry["kind"] == "LocustTest":
            shared = shlex.split(entry["spec"]["args"])
            name = entry["metadata"]["name"]
            found.append(("locust-operator.yaml", ["--master", *shared]))
            found.append(("locust-operator.yaml", ["--worker", "--master-host", f"{name}-master", *shared]))
    return found


def test_files_were_found() -> None:
    assert sorted(TEXT) == ["compose.yaml", "kubernetes.yaml", "locust-operator.yaml"]


@pytest.mark.parametrize("name", sorted(TEXT))
def test_yaml_by_the_book_says_the_same(name: str) -> None:
    if importlib.util.find_spec("yaml") is None:
        assert documents(TEXT[name])
        return
    import yaml  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - where it happens to be there

    assert list(yaml.safe_load_all(TEXT[name])) == documents(TEXT[name])


@pytest.mark.parametrize("name", ["kubernetes.yaml", "locust-operator.yaml"])
def test_every_field_of_a_manifest_is_known(name: str) -> None:
    for entry in all_of(name):
        assert set(entry) <= {"apiVersion", "kind", "metadata", "spec", "data"}
        assert set(entry["metadata"]) == {"name"}
        spec = SPECS[entry["apiVersion"], entry["kind"]]
        assert (spec is None) == ("spec" not in entry)
        assert wrong(entry.get("spec"), spec, entry["kind"]) == [] if spec else entry["data"]


def test_the_operator_is_given_all_that_it_demands() -> None:
    (test,) = (entry for entry in all_of("locust-operator.yaml") if entry["kind"] == "LocustTest")
    assert test["spec"]["workers"] >= 1
    assert len(test["spec"]["locustfile"]) == 1
    assert test["spec"]["imagePullPolicy"] in {"IfNotPresent", "Always", "Never"}


@pytest.mark.parametrize(("name", "arguments"), command_lines())
def test_options_are_those_of_the_command(name: str, arguments: list[str]) -> None:
    context = click.Context(command, info_name="load", help_option_names=["-h", "--help"])
    parsed = command.make_parser(context).parse_args(list(arguments))
    assert parsed[1] == [], name
    assert parsed[0].get("master", False) != parsed[0].get("worker", False)


@pytest.mark.parametrize("name", ["kubernetes.yaml", "locust-operator.yaml"])
def test_configurations_load_and_allow_the_host_they_name(name: str) -> None:
    import tomllib  # noqa: PLC0415 - needed here alone

    for entry in all_of(name):
        if entry["kind"] == "ConfigMap":
            text = entry["data"]["chatproof.toml"]
            config = from_table(tomllib.loads(text), origin=name)
            assert config.backend.url.partition("://")[2].partition(":")[0] in config.load.allow_hosts


def test_masters_expect_the_workers_that_there_are() -> None:
    services = all_of("compose.yaml")[0]["services"]
    expected = f"--expect-workers={services['worker']['deploy']['replicas']}"
    assert expected in services["master"]["command"]
    jobs = {entry["metadata"]["name"]: entry["spec"] for entry in all_of("kubernetes.yaml") if entry["kind"] == "Job"}
    workers = jobs["chatproof-worker"]
    master = jobs["chatproof-master"]["template"]["spec"]["containers"][0]["args"]
    assert f"--expect-workers={workers['parallelism']}" in master
    assert workers["completions"] == workers["parallelism"]


def test_secrets_are_in_no_file() -> None:
    for text in (*TEXT.values(), (DEPLOY / "Dockerfile").read_text(encoding="utf-8")):
        assert re.findall(r'secret = "(?!\$\{)', text) == []


def test_the_page_links_every_file_and_its_command_lines_are_ours() -> None:
    page = (ROOT / "docs" / "distributed.md").read_text(encoding="utf-8")
    links = set(re.findall(r"\]\((deploy/[\w.-]+)\)", page))
    assert links == {f"deploy/{path.name}" for path in DEPLOY.iterdir()}
    lines = [line.partition("#")[0] for line in page.splitlines() if line.startswith("chatproof load")]
    assert len(lines) == 3
    for line in lines:
        command.make_parser(click.Context(command, help_option_names=["-h", "--help"])).parse_args(
            shlex.split(line)[2:]
        )
