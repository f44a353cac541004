from __future__ import annotations

from pathlib import Path

import pytest

from chatproof.catalogue import catalogue
from chatproof.checklist.own import own_definitions
from chatproof.config import ConfigError, OwnBox, as_declared, from_declared, load_config
from chatproof.config.box_checks import load_boxes
from chatproof.settings import settings_of

FILE = """\
[backend]
url = "http://127.0.0.1:3000"

[[boxes]]
text = "The on-call rota knows"

[[boxes]]
text = "Answers are whole"
requirements = ["aichat-hdr-01"]
targets = ["e2e.p95 < 8s"]
profile = "ai-chat"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "chatproof.toml").write_text(FILE)
    return tmp_path


def loaded(folder: Path, *more: str) -> tuple[OwnBox, ...]:
    with (folder / "chatproof.toml").open("a") as file:
        file.writelines(more)
    return load_config(path=None, env={}, environment_name=None, url=None, profiles=(), cwd=folder).boxes


def test_boxes_are_read_in_order_with_their_lines(project: Path) -> None:
    boxes = loaded(project)

    assert [(box.text, box.line) for box in boxes] == [("The on-call rota knows", 4), ("Answers are whole", 7)]


def test_a_box_with_nothing_that_ticks_it_is_manual(project: Path) -> None:
    manual, judged = own_definitions(loaded(project), "chatproof.toml", catalogue())

    assert manual.manual
    assert not judged.manual
    assert (judged.requirements, judged.targets, judged.profile) == (("SSE-TYPE-01",), ("e2e.p95 < 8s",), "ai-chat")
    assert (judged.document, judged.section) == ("chatproof.toml", "Own boxes")


def test_ids_come_from_the_text_and_stay_apart() -> None:
    boxes = [OwnBox(text="It works!"), OwnBox(text="it works"), OwnBox(text="Работает"), OwnBox(text="?!")]

    found = [entry.id for entry in own_definitions(boxes, "x", catalogue())]

    assert found == ["own-it-works", "own-it-works-2", "own-работает", "own-box"]


def test_an_unknown_id_is_an_error_with_the_closest_match(project: Path) -> None:
    boxes = loaded(project, '[[boxes]]\ntext = "x"\nrequirements = ["SSE-TIPE-01", "AICHAT-MEM-01"]\n')

    with pytest.raises(ConfigError) as caught:
        own_definitions(boxes, "chatproof.toml", catalogue())

    first, second = caught.value.problems
    assert (first.closest, first.line) == ("SSE-TYPE-01", 12)
    assert "which is not judged" in second.found


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('requirements = ["SSE-TYPE-01"]', "boxes[2].text: found nothing"),
        ('text = "x"\ntargets = ["e2e.p95 < 8 bananas"]', "the unit 'bananas'"),
        ('text = "x"\ntargets = ["e2e.p95"]', "no comparison"),
        ('text = "x"\ntargets = ["tttft.p95 < 8s"]', "did you mean `ttft`"),
        ('text = "x"\nprofile = "aichat"', "did you mean `ai-chat`"),
        ('text = "x"\nrequirement = "SSE-TYPE-01"', "did you mean `requirements`"),
    ],
)
def test_what_is_wrong_with_a_box_is_said(project: Path, entry: str, said: str) -> None:
    with pytest.raises(ConfigError, match="boxes") as caught:
        loaded(project, f"[[boxes]]\n{entry}\n")

    assert said in str(caught.value)
    assert "chatproof.toml:12" in str(caught.value)


def test_boxes_that_are_no_list_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_text('boxes = "all"\n')

    with pytest.raises(ConfigError, match=r"write each one below a line \[\[boxes\]\]"):
        loaded(tmp_path)


def test_boxes_survive_a_recording_and_are_no_part_of_the_fingerprint(project: Path) -> None:
    config = load_config(path=None, env={}, environment_name=None, url=None, profiles=(), cwd=project)

    assert from_declared(as_declared(config)).boxes == config.boxes
    assert "boxes" not in settings_of(config)


def test_the_boxes_alone_can_be_read_without_the_variables_of_the_rest(tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_text('auth.secret = "${UNSET}"\n' + FILE)

    found = load_boxes(None, env={}, environment_name=None, cwd=tmp_path)

    assert (len(found.boxes), found.origin, found.url) == (2, "chatproof.toml", "http://127.0.0.1:3000")
    with pytest.raises(ConfigError):
        load_boxes(None, env={}, environment_name="nowhere", cwd=tmp_path)
