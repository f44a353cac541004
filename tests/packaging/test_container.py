"""The image for CI: linted, its steps run as a script, and built where there is an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.containerfile import Step, built, not_ignored, problems, steps_of
from support.environments import CHECKOUT, FOLDERS, copy_of_checkout

if TYPE_CHECKING:
    from support.containerfile import Image

FILES = ("Containerfile", "docs/deploy/Dockerfile")
TEXT = {name: (CHECKOUT / name).read_text() for name in FILES}
STEPS = steps_of(TEXT["Containerfile"])
GOOD = 'FROM python:3.11-slim\nUSER 1\nENTRYPOINT ["x"]\n'


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what an image is built from."""
    return copy_of_checkout(tmp_path_factory.mktemp("context"))


@pytest.fixture(scope="module")
def image(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """What the steps of the Containerfile come to."""
    project = tomllib.loads((context / "pyproject.toml").read_text())["project"]
    return built(STEPS, context, tmp_path_factory.mktemp("image"), requires=project["dependencies"])


def test_entry_point_is_the_command(image: Image) -> None:
    done = image.run("--version")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("chatproof")
    assert "ai-chat" in image.run("list", "profiles").stdout
    assert image.run("check").returncode == 2


def test_the_image_holds_every_module(image: Image, context: Path) -> None:
    modules = {str(path.relative_to(context)) for name in FOLDERS for path in (context / name).rglob("*.py")}
    wanted = {name if name.startswith("chatproof/") else f"chatproof/{name}" for name in modules}
    site = image.environment.site_packages
    installed = {str(path.relative_to(site)) for path in (site / "chatproof").rglob("*.py")}

    assert len(wanted) > 200
    assert installed == wanted


def test_nothing_is_left_of_the_build(image: Image) -> None:
    assert sorted(path.name for path in image.root.iterdir()) == ["home", "project"]


def test_any_user_can_write_a_report_where_it_starts(image: Image) -> None:
    assert (image.folder, image.user) == ("/project", "10001")
    assert image.within(".").stat().st_mode & 0o1777 == 0o1777
    assert image.within("/home/chatproof").stat().st_mode & 0o1777 == 0o1777
    done = image.run("report", "--history", "none.sqlite")
    assert done.returncode == 2
    assert "there is no history" in done.stderr


def test_the_context_is_what_a_wheel_is_built_from() -> None:
    ignore = (CHECKOUT / ".containerignore").read_text()
    wanted = {*FOLDERS, "pyproject.toml", "README.md", "LICENSE"}
    copied = {
        source.rstrip("/")
        for step in STEPS
        if step.word == "COPY" and "--from" not in step.text
        for source in step.text.split()[:-1]
    }

    assert not_ignored(ignore, [path.name for path in CHECKOUT.iterdir()]) == wanted == copied
    assert "__pycache__" not in not_ignored(ignore, ["__pycache__"])
    assert (CHECKOUT / ".dockerignore").read_text() == ignore


@pytest.mark.parametrize("name", FILES)
def test_the_files_keep_our_rules_and_each_names_its_twin(name: str) -> None:
    (twin,) = set(FILES) - {name}

    assert problems(TEXT[name]) == []
    assert twin in TEXT[name]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace(":3.11-slim", ""), "python has no tag"),
        (GOOD.replace("3.11-slim", "latest"), "python:latest has no tag"),
        (GOOD + "ADD https://example.org/x /x\n", "ADD https://example.org/x /x: take COPY"),
        (GOOD.replace("USER 1", "USER root"), "it runs as root"),
        (GOOD.replace("USER 1\n", ""), "it runs as root"),
        (GOOD + 'FROM debian:13\nENTRYPOINT ["x"]\n', "it runs as root"),
        (GOOD.replace('["x"]', "x"), "ENTRYPOINT is not in exec form"),
        (GOOD.replace('ENTRYPOINT ["x"]\n', ""), "there is no ENTRYPOINT"),
        (GOOD + "WORKDIR project\n", "WORKDIR project is relative"),
        (GOOD + "RUN a \\\n  && pip install b\n", "a cache is left by: a  && pip install b"),
        (GOOD + "ENV CHATPROOF_TOKEN=x\n", "a secret in ENV"),
    ],
)
def test_each_rule_can_be_broken(text: str, problem: str) -> None:
    assert problems(GOOD) == []
    assert problems(text) == [problem]


def test_continued_lines_and_comments_are_read() -> None:
    assert steps_of("# a\nRUN a \\\n    # b\n    c\n\nuser x\n") == [Step("RUN", "a  c"), Step("USER", "x")]


@pytest.mark.parametrize("name", FILES)
def test_hadolint_finds_nothing(name: str) -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([hadolint, CHECKOUT / name], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def _engine() -> str:
    """The name of an engine that can build here; empty where there is none, or only its client."""
    for name in ("buildah", "podman", "docker"):
        if shutil.which(name) is not None:
            done = subprocess.run([name, "info"], capture_output=True, timeout=60, check=False)
            if done.returncode == 0:
                return name
    return ""


def test_an_engine_builds_and_runs_it() -> None:
    engine = _engine()
    if not engine:
        pytest.skip("no engine that builds images is running here")
    tag = "chatproof-built-by-its-tests"
    subprocess.run([engine, "build", "-f", "Containerfile", "-t", tag, "."], cwd=CHECKOUT, check=True, timeout=540)
    try:
        if engine != "buildah":
            done = subprocess.run(
                [engine, "run", "--rm", tag, "--version"], capture_output=True, text=True, timeout=60, check=True
            )
            assert done.stdout.startswith("chatproof")
    finally:
        subprocess.run([engine, "rmi", tag], check=False, capture_output=True, timeout=60)
