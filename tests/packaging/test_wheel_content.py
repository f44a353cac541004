from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from support.environments import CHECKOUT, FOLDERS, metadata_of

NOT_SHIPPED = {"__pycache__"}


def _folders_with_modules() -> set[str]:
    found = set()
    for name in FOLDERS:
        for init in (CHECKOUT / name).rglob("__init__.py"):
            parts = init.parent.relative_to(CHECKOUT).parts
            found.add(".".join(parts if name == "chatproof" else ("chatproof", *parts)))
    return found


def _expected_files() -> set[str]:
    found = set()
    for name in FOLDERS:
        for path in (CHECKOUT / name).rglob("*"):
            inside = path.relative_to(CHECKOUT)
            if path.is_file() and not NOT_SHIPPED & set(inside.parts):
                found.add(str(inside if name == "chatproof" else PurePosixPath("chatproof") / inside))
    return found


def test_packages_listed_are_the_folders_that_hold_modules() -> None:
    listed = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert set(listed) == _folders_with_modules()
    assert listed == sorted(listed)


def test_every_folder_with_modules_is_a_package() -> None:
    holders = {path.parent for name in FOLDERS for path in (CHECKOUT / name).rglob("*.py")}
    assert {folder for folder in holders if not (folder / "__init__.py").exists()} == set()


def test_wheel_holds_every_file_of_the_folders_and_no_other(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == _expected_files()


@pytest.mark.parametrize("name", ["chatproof/py.typed", "chatproof/pytest.ini", "chatproof/__main__.py"])
def test_wheel_holds_what_the_command_needs_beside_modules(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert name in archive.namelist()


def test_wheel_installs_one_name_and_one_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/", 1)[0] for name in archive.namelist()}
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        text = archive.read(entry_points).decode()
    assert {top for top in tops if not top.endswith(".dist-info")} == {"chatproof"}
    assert text.split() == [
        "[console_scripts]",
        "chatproof",
        "=",
        "chatproof.cli:main",
        "[pytest11]",
        "chatproof",
        "=",
        "chatproof.plugin",
    ]


def test_wheel_carries_its_licence(wheel: Path) -> None:
    assert metadata_of(wheel)["License-Expression"] == "Apache-2.0"
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
        assert archive.read(name) == (CHECKOUT / "LICENSE").read_bytes()


def test_stream_chat_comes_with_its_extra_only(wheel: Path) -> None:
    needs = metadata_of(wheel).get_all("Requires-Dist", [])
    assert [text for text in needs if text.startswith("stream-chat")] == ['stream-chat>=4.33; extra == "stream"']
