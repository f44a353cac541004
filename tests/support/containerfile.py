"""A Containerfile taken apart, judged by a few rules, and its steps run without an engine."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from support.environments import empty_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from support.environments import Environment

__all__ = ["Image", "Step", "built", "not_ignored", "problems", "steps_of"]

_RUN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, in capitals, and its text with continued lines joined."""

    word: str
    text: str

    @property
    def items(self) -> list[str]:
        """The parts of the JSON form of the instruction; none for the shell form."""
        return json.loads(self.text) if self.text.startswith("[") else []


@dataclass(slots=True, kw_only=True)
class Image:
    """What a stage came to: its file system below `root`, and the environment that stands for its Python."""

    root: Path
    environment: Environment
    folder: str = "/"
    user: str = "root"
    entry: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)

    def within(self, path: str) -> Path:
        """A path of the image, as a path of this machine."""
        return self.root / str(Path(self.folder) / path).lstrip("/")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Starts the entry point as an engine would."""
        return self.environment.run(*self.entry, *arguments, cwd=self.within("."), env=self.variables)


def steps_of(text: str) -> list[Step]:
    """The instructions of a Containerfile."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        Step(word.upper(), rest.strip()) for word, _space, rest in (line.partition(" ") for line in joined.split("\n"))
    ]


def problems(text: str) -> list[str]:
    """What is wrong with a Containerfile, by rules of ours; hadolint knows more where it is installed."""
    steps = steps_of(text)
    stages = {step.text.partition(" AS ")[2] for step in steps if step.word == "FROM"}
    last = steps[max(index for index, step in enumerate(steps) if step.word == "FROM") :]
    users = [step.text for step in last if step.word == "USER"]
    found = [f"{step.text} has no tag" for step in steps if step.word == "FROM" and not _is_pinned(step.text, stages)]
    found += [f"ADD {step.text}: take COPY" for step in steps if step.word == "ADD"]
    found += ["it runs as root"] if not users or users[-1].partition(":")[0] in {"root", "0"} else []
    found += [f"{s.word} is not in exec form" for s in last if s.word in {"ENTRYPOINT", "CMD"} and not s.items]
    found += ["there is no ENTRYPOINT"] if not any(step.word == "ENTRYPOINT" for step in last) else []
    found += [f"WORKDIR {s.text} is relative" for s in steps if s.word == "WORKDIR" and not s.text.startswith("/")]
    pip = [step.text for step in steps if step.word == "RUN" and re.search(r"\bpip (install|wheel)\b", step.text)]
    found += [f"a cache is left by: {line}" for line in pip if "--no-cache-dir" not in line]
    secret = re.compile(r"(token|secret|password|key)\w*=", re.IGNORECASE)
    return found + [f"a secret in {s.word}" for s in steps if s.word in {"ENV", "ARG"} and secret.search(s.text)]


def not_ignored(ignore: str, names: Iterable[str]) -> set[str]:
    """Of the names at the top of a context those that an ignore file lets through: its last match decides."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    kept = set()
    for name in names:
        ignored = False
        for rule in rules:
            if fnmatch.fnmatch(name, rule.removeprefix("!").removeprefix("**/")):
                ignored = not rule.startswith("!")
        if not ignored:
            kept.add(name)
    return kept


def built(steps: Sequence[Step], context: Path, into: Path, *, requires: Sequence[str]) -> Image:
    """
    Runs the steps in folders: each stage has one as its root and an environment as its Python; nothing needs root.

    `pip` is that of the tests with neither network nor dependencies, which each stage finds installed already;
    `useradd` makes nothing. ValueError for an instruction that is not known here.
    """
    stages: dict[str, Image] = {}
    image: Image | None = None
    for step in steps:
        if step.word == "FROM":
            name = step.text.partition(" AS ")[2] or str(len(stages))
            image = stages[name] = _stage(into / name, requires=requires)
            continue
        if image is None:
            raise ValueError(f"{step.word} stands before FROM")
        _apply(step, image, stages, context)
    if image is None:
        raise ValueError("there is no FROM")
    return image


def _apply(step: Step, image: Image, stages: dict[str, Image], context: Path) -> None:
    if step.word == "COPY":
        _copy(step, image, stages, context)
    elif step.word == "RUN":
        _run(step, image)
    elif step.word == "WORKDIR":
        image.folder = step.text
        image.within(".").mkdir(parents=True, exist_ok=True)
    elif step.word == "ENV":
        image.variables |= {
            name: _moved(value, image) for name, _is, value in (shlex.split(step.text)[0].partition("="),)
        }
    elif step.word == "USER":
        image.user = step.text
    elif step.word == "ENTRYPOINT":
        image.entry = step.items
    elif step.word != "LABEL":
        raise ValueError(f"{step.word} is not known here")


def _stage(folder: Path, *, requires: Sequence[str]) -> Image:
    root = folder / "root"
    root.mkdir(parents=True)
    environment = empty_environment(folder / "python", requires=requires, also=["setuptools"])
    pip = shlex.join([sys.executable, "-Im", "pip", "--disable-pip-version-check", "--python", str(environment.python)])
    always = "--no-deps --no-index --no-build-isolation"
    quick = '[ "$command" != install ] || set -- --no-compile "$@"'
    _script(environment, "pip", f'command=$1; shift; {quick}; exec {pip} "$command" {always} "$@"')
    _script(environment, "useradd", "exit 0")
    return Image(root=root, environment=environment)


def _script(environment: Environment, name: str, body: str) -> None:
    file = environment.folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def _copy(step: Step, image: Image, stages: dict[str, Image], context: Path) -> None:
    words = shlex.split(step.text)
    stage = next((word.removeprefix("--from=") for word in words if word.startswith("--from=")), "")
    *sources, target = [word for word in words if not word.startswith("--")]
    to = image.within(target)
    for source in sources:
        found = stages[stage].within(source) if stage else context / source
        if found.is_dir():
            shutil.copytree(found, to, dirs_exist_ok=True)
        else:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, to / found.name)


def _run(step: Step, image: Image) -> None:
    done = image.environment.run(
        "sh", "-c", _moved(step.text, image), cwd=image.within("."), env=image.variables, seconds=_RUN_SECONDS
    )
    if done.returncode:
        raise ValueError(f"RUN {step.text} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def _moved(text: str, image: Image) -> str:
    """The text with every absolute path below the image's root."""
    return re.sub(r"(?<![\w.:/])/(?=[a-z])", f"{image.root}/", text)


def _is_pinned(text: str, stages: set[str]) -> bool:
    """Whether an image is named with a tag other than `latest`, or with a digest, or is a stage."""
    name = text.partition(" AS ")[0]
    tag = name.rpartition("/")[2].partition(":")[2]
    return name in stages or "@sha256:" in name or bool(tag and tag != "latest")
