"""Recordings on disk: valid HAR, nothing lost, equal verdicts."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproof.case import Case
from chatproof.config import AiChat, Auth, Backend, Config, RateLimit, Turn, Waiver
from chatproof.gate import gate_of
from chatproof.har import RecordingError, dump, load, load_folder, parse, save, save_folder
from chatproof.loading import scenario_set
from chatproof.recording import End, Exchange, Read, Recording, Request, Response
from support.raw_server import config, each_request, run_all, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.raw_server import Server

TEXT = st.text(max_size=8)
BYTES = st.one_of(st.binary(max_size=12), st.text(st.characters(codec="utf-8"), max_size=6).map(str.encode))
HEADERS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
TIMES = st.integers(0, 10**12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
EXCHANGES = st.builds(
    Exchange,
    label=TEXT,
    request=st.builds(
        Request, method=st.sampled_from(["GET", "POST"]), url=TEXT.map("http://h/".__add__), headers=HEADERS, body=BYTES
    ),
    response=st.none()
    | st.builds(
        Response,
        status=st.integers(100, 599),
        reason=TEXT,
        version=TEXT,
        headers=HEADERS,
        at_ns=TIMES,
        first_byte_ns=TIMES,
    ),
    reads=st.lists(st.builds(Read, at_ns=TIMES, data=BYTES), max_size=4).map(tuple),
    end=st.sampled_from(End),
    started_ns=TIMES,
    ended_ns=TIMES,
    connection=st.integers(0, 5),
    attempts=st.integers(1, 4),
    trouble=TEXT,
    findings=st.dictionaries(TEXT, JSON, max_size=2),
    scenario=TEXT,
)
RECORDINGS = st.builds(
    Recording,
    scenario=TEXT,
    profile=TEXT,
    exchanges=st.lists(EXCHANGES, max_size=3).map(tuple),
    findings=st.dictionaries(TEXT, JSON, max_size=2),
    not_claimed=TEXT,
    declare=TEXT,
    not_testable=TEXT,
    seconds=st.floats(0, 1e6),
)


@given(RECORDINGS)
def test_nothing_is_lost(recording: Recording) -> None:
    assert parse(json.loads(json.dumps(dump(recording)))) == recording


EXCHANGE = Exchange(
    label="turn",
    scenario="turn",
    request=Request(method="POST", url="http://h/a?b=c", headers=(("Content-Type", "application/json"),), body=b"{}"),
    response=Response(
        status=307,
        reason="Temporary",
        version="HTTP/1.1",
        headers=(("Location", "/x"),),
        at_ns=2_000_000,
        first_byte_ns=1_000_000,
    ),
    reads=(Read(at_ns=3_000_000, data=b"\xff\x00"), Read(at_ns=5_000_000, data=b"ok")),
    end=End.CLOSED,
    started_ns=1_500_000_000,
    ended_ns=9_000_000,
)


def test_the_fields_that_other_tools_read() -> None:
    recording = Recording(
        scenario="turn",
        profile="ai-chat",
        exchanges=(EXCHANGE,),
        findings={"started_at": "2026-11-21T10:00:00.000+00:00"},
    )
    log = dump(recording)["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "chatproof")
    entry = log["entries"][0]
    assert datetime.fromisoformat(entry["startedDateTime"]).isoformat() == "2026-11-21T10:00:01.500000+00:00"
    assert entry["time"] == 9.0
    assert entry["timings"] == {"send": 0, "wait": 2.0, "receive": 7.0}
    assert entry["cache"] == {}
    request, response = entry["request"], entry["response"]
    for part in (request, response):
        assert {"httpVersion", "cookies", "headers", "headersSize", "bodySize"} <= part.keys()
    assert request["queryString"] == [{"name": "b", "value": "c"}]
    assert request["postData"] == {"mimeType": "application/json", "params": [], "text": "{}"}
    assert (response["status"], response["statusText"], response["redirectURL"]) == (307, "Temporary", "/x")
    assert response["content"] == {"size": 4, "mimeType": "", "text": "/wBvaw==", "encoding": "base64"}


def test_an_exchange_without_an_answer_has_the_status_0() -> None:
    entry = dump(Recording(scenario="a", profile="b", exchanges=(Exchange(label="x", request=EXCHANGE.request),)))[
        "log"
    ]["entries"][0]
    assert (entry["response"]["status"], entry["response"]["content"]) == (0, {"size": 0, "mimeType": "", "text": ""})


def broken(tmp_path: Path, text: str) -> str:
    path = tmp_path / "a.har"
    path.write_text(text)
    with pytest.raises(RecordingError) as caught:
        load(path)
    assert "\nhint: " in str(caught.value)
    return str(caught.value)


def test_a_file_that_is_no_recording(tmp_path: Path) -> None:
    assert "a.har is no JSON: " in broken(tmp_path, '{"log": ')
    assert "a.har is no recording of chatproof: missing '_chatproof'" in broken(tmp_path, '{"log": {"entries": []}}')
    assert "a.har is no recording of chatproof: " in broken(tmp_path, "[]")
    document = dump(Recording(scenario="a", profile="b"))
    document["log"]["_chatproof"]["format"] = 99
    assert "it was written by another version of chatproof" in broken(tmp_path, json.dumps(document))
    document["log"]["_chatproof"] |= {"format": 1, "surplus": 1}
    assert "surplus" in broken(tmp_path, json.dumps(document))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none.har cannot be read: No such file or directory\nhint: "):
        load(tmp_path / "none.har")


FULL = Config(
    backend=Backend(
        url="http://h", origins=("http://a", "http://b"), ca_file=Path("ca.pem"), max_rps=2.5, intrusive=True
    ),
    auth=Auth(scheme="jwt", secret="canary-signing-key", claims={"sub": "u", "roles": ["a", 1, None]}, lifetime=60),
    profiles={
        "ai-chat": AiChat(
            long_turn=Turn(message="long", fields={"a": {"b": 1}}),
            rate_limit=RateLimit(burst=3),
            extra_events=("x",),
            heartbeat=1,
        )
    },
    targets={"ttft.p95": "< 350ms"},
    waivers=(Waiver(requirement="A-1", reason="r", owner="o", expires=date(2027, 3, 1), line=4),),
    origin="chatproof.toml",
)


def test_the_configuration_comes_back_without_its_secrets(tmp_path: Path) -> None:
    recording = Recording(scenario="turn", profile="ai-chat")
    save_folder(tmp_path, {"ai-chat": {"turn": recording}}, FULL)
    text = (tmp_path / "recordings" / "declared.json").read_text()
    assert "canary-signing-key" not in text
    folder = load_folder(tmp_path)
    assert folder.config.auth.secret == "<secret>"
    assert folder.config.backend == FULL.backend
    assert folder.config.profiles == FULL.profiles
    assert folder.config.waivers == FULL.waivers
    assert folder.config.auth.claims == FULL.auth.claims
    assert folder.recordings == {"ai-chat": {"turn": recording}}
    assert load_folder(tmp_path / "recordings").recordings == folder.recordings


def test_a_secret_that_stands_in_another_key_is_taken_out_too(tmp_path: Path) -> None:
    settings = Config(auth=Auth(scheme="command", command="mint --with canary-token-1"), secrets=("canary-token-1",))
    save_folder(tmp_path, {}, settings)
    assert "canary-token-1" not in (tmp_path / "recordings" / "declared.json").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ('{"backend": {"url": 1}}', "backend.url"),
        ('{"nope": {}}', "nope"),
        ("[1]", ""),
        ('{"profiles": {"a": {"type": "Nope"}}}', "profiles.a"),
    ],
)
def test_a_broken_configuration(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "declared.json").write_text(text)
    with pytest.raises(RecordingError, match="hint: ") as caught:
        load_folder(tmp_path)
    assert said in str(caught.value)


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"declared\.json cannot be read"):
        load_folder(tmp_path)
    save_folder(tmp_path, {}, FULL)
    with pytest.raises(RecordingError, match="holds no recordings"):
        load_folder(tmp_path)


def test_two_profiles_keep_their_files_apart(tmp_path: Path) -> None:
    both = {name: {"turn": Recording(scenario="turn", profile=name)} for name in ("ai-chat", "other")}
    save_folder(tmp_path, both, FULL)
    assert sorted(file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.har")) == [
        "recordings/ai-chat/turn.har",
        "recordings/other/turn.har",
    ]
    assert load_folder(tmp_path).recordings == both


def test_what_was_recorded_is_replayed_as_it_was(serve: Callable[..., Server], tmp_path: Path) -> None:
    settings = config(serve(each_request(turn)).url, auth=Auth(scheme="bearer", token="canary-token-0123456789"))
    recordings = run_all(settings).recordings
    save_folder(tmp_path, {"ai-chat": recordings}, settings)
    folder = load_folder(tmp_path)
    assert folder.recordings["ai-chat"] == recordings
    known = scenario_set("ai-chat")
    cases = [
        Case(profile="ai-chat", config=settings, recordings=recordings, scenario_set=known),
        Case(
            profile="ai-chat",
            config=folder.config,
            recordings=folder.recordings["ai-chat"],
            scenario_set=known,
        ),
    ]
    assert [gate_of(case).open for case in cases] == [True, True]
    assert cases[0]["turn"]["turn"].stream == cases[1]["turn"]["turn"].stream


@given(RECORDINGS)
def test_a_file_holds_what_the_object_does(recording: Recording) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.har"
        save(path, recording)
        assert json.loads(path.read_text()) == json.loads(json.dumps(dump(recording)))
        assert list(json.loads(path.read_text())["log"]) == list(dump(recording)["log"])


def test_a_file_is_ascii(tmp_path: Path) -> None:
    save(tmp_path / "deep" / "a.har", Recording(scenario="ä", profile="\ud800"))
    assert (tmp_path / "deep" / "a.har").read_bytes().isascii()
    assert load(tmp_path / "deep" / "a.har").profile == "\ud800"
