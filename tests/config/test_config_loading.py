from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chatproof.config import AiChat, Config, ConfigError, RateLimit, Turn, load_config
from chatproof.config.document import EXAMPLE
from support.tls import Authority

SECRET = "canary-secret-of-forty-characters-length"


def load(folder: Path, text: str | None = None, **changes: Any) -> Config:
    if text is not None:
        (folder / "chatproof.toml").write_text(text)
    defaults: dict[str, Any] = {
        "path": None,
        "env": {},
        "environment_name": None,
        "url": None,
        "profiles": (),
        "cwd": folder,
    }
    return load_config(**{**defaults, **changes})


def test_nothing_declared_is_the_defaults_and_an_assumed_profile(tmp_path: Path) -> None:
    config = load(tmp_path)

    assert config == Config(profiles={"ai-chat": AiChat()}, assumed_profile=True)


def test_the_documented_example_is_read_key_by_key(tmp_path: Path) -> None:
    config = load(tmp_path, EXAMPLE, env={"CHAT_JWT_SECRET": SECRET})

    assert config.backend.url == "http://localhost:3000"
    assert config.backend.origins == ("http://localhost:3001",)
    assert config.backend.max_rps == 20.0
    assert config.auth.secret == SECRET
    assert config.auth.claims == {"sub": "test-user-id", "aud": "authenticated"}
    assert config.profiles == {"ai-chat": AiChat(long_turn=Turn(message="Tell me a long story"))}
    assert config.targets == {"ttft.p95": "< 350ms"}
    assert [(waiver.requirement, waiver.expires) for waiver in config.waivers] == [("SSE-BUF-01", date(2027, 3, 1))]
    assert EXAMPLE.split("\n")[config.waivers[0].line - 1] == "[[waivers]]"
    assert config.origin == "chatproof.toml"
    assert not config.assumed_profile
    assert config.warnings == ()


def test_an_environment_is_laid_over_table_by_table(tmp_path: Path) -> None:
    config = load(tmp_path, EXAMPLE, env={"CHAT_JWT_SECRET": SECRET}, environment_name="production")

    assert config.backend.url == "https://chat.example.com"
    assert config.backend.environment == "production"
    assert config.backend.origins == ("http://localhost:3001",)


def test_an_environment_may_declare_its_own_waivers_and_lines_are_theirs(tmp_path: Path) -> None:
    text = (
        'targets = {}\n[[waivers]]\nrequirement = "A"\nreason = "r"\nowner = "o"\nexpires = 2027-03-01\n'
        '[[env.live.waivers]]\nrequirement = "B"\nreason = "r"\nowner = "o"\nexpires = "2027-03-01"\n'
    )

    assert [(waiver.requirement, waiver.line) for waiver in load(tmp_path, text).waivers] == [("A", 2)]
    assert [(w.requirement, w.line) for w in load(tmp_path, text, environment_name="live").waivers] == [("B", 7)]


def test_a_header_of_waivers_in_a_long_text_is_no_waiver(tmp_path: Path) -> None:
    text = (
        '[profiles.ai-chat]\nmessage = """\n[[waivers]]\n"""\n[[ "waivers" ]]\n'
        'requirement = "A"\nreason = "r"\nowner = "o"\nexpires = 2027-03-01\n'
    )

    assert load(tmp_path, text).waivers[0].line == 5


def test_waivers_in_an_inline_list_have_no_line(tmp_path: Path) -> None:
    text = 'waivers = [{ requirement = "A", reason = "r", owner = "o", expires = 2027-03-01 }]\n'

    assert load(tmp_path, text).waivers[0].line == 0


def test_the_url_argument_beats_the_variable_beats_the_file(tmp_path: Path) -> None:
    text = '[backend]\nurl = "http://file"\n'
    variable = {"CHATPROOF_URL": "http://variable/"}

    assert load(tmp_path, text).backend.url == "http://file"
    assert load(tmp_path, text, env=variable).backend.url == "http://variable"
    assert load(tmp_path, text, env=variable, url="https://argument").backend.url == "https://argument"
    assert load(tmp_path, text, url="localhost:3000").backend.url == "http://localhost:3000"


def test_a_url_argument_is_never_expanded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the URL argument: backend\.url: found"):
        load(tmp_path, url="http://${HOME}/x", env={"HOME": "h"})


def test_an_argument_makes_up_for_an_unset_variable_of_the_file(tmp_path: Path) -> None:
    assert load(tmp_path, '[backend]\nurl = "${NOWHERE}"\n', url="http://h").backend.url == "http://h"


def test_a_token_from_the_environment_makes_the_scheme_bearer(tmp_path: Path) -> None:
    config = load(tmp_path, env={"CHATPROOF_TOKEN": SECRET})

    assert (config.auth.scheme, config.auth.token) == ("bearer", SECRET)
    assert config.secrets == (SECRET,)
    assert config.warnings == ()


def test_a_token_from_the_environment_takes_the_place_of_the_file_s(tmp_path: Path) -> None:
    text = '[auth]\nscheme = "cookie"\nname = "session"\ntoken = "${UNSET_AND_UNUSED}"\n'
    config = load(tmp_path, text, env={"CHATPROOF_TOKEN": "with ${braces}"})

    assert (config.auth.scheme, config.auth.name, config.auth.token) == ("cookie", "session", "with ${braces}")


def test_a_token_that_the_scheme_has_no_use_for_is_a_warning(tmp_path: Path) -> None:
    config = load(tmp_path, '[auth]\nscheme = "none"\n', env={"CHATPROOF_TOKEN": SECRET})

    assert config.auth.token == ""
    assert config.warnings == ("CHATPROOF_TOKEN is not used: auth.scheme is none",)


def test_a_secret_in_plain_text_is_accepted_with_a_warning_that_does_not_show_it(tmp_path: Path) -> None:
    config = load(tmp_path, f'[auth]\nscheme = "bearer"\ntoken = "{SECRET}"\n')

    assert config.auth.token == SECRET
    [warning] = config.warnings
    assert "auth.token is plain text" in warning
    assert 'token = "${NAME}"' in warning
    assert SECRET not in warning


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    text = (
        '[backend]\ncommand = "serve --key ${KEY}"\n'
        '[auth]\nscheme = "jwt"\nsecret = "${KEY}"\ncommand = "mint ${KEY}"\n'
    )
    config = load(tmp_path, text, env={"KEY": SECRET})

    assert config.auth.secret == SECRET
    assert SECRET not in repr(config)


def test_what_variables_bring_into_claims_and_commands_is_known_as_secret(tmp_path: Path) -> None:
    text = (
        '[backend]\nurl = "http://${HOST}"\ncommand = "run ${IN_COMMAND}"\n[auth]\nclaims = { api = ["${IN_CLAIM}"] }\n'
        'scheme = "bearer"\ntoken = "x-${PART}"\n[profiles.ai-chat]\nfields = { short = "${SHORT}" }\n'
    )
    env = {
        "HOST": "host-of-the-backend",
        "IN_COMMAND": "first-secret",
        "IN_CLAIM": "second-secret",
        "PART": "third-secret",
        "SHORT": "1",
    }
    config = load(tmp_path, text, env=env)

    assert config.auth.claims == {"api": ["second-secret"]}
    assert config.secrets == ("first-secret", "second-secret", "x-third-secret", "third-secret")


def test_variables_are_expanded_in_texts_lists_and_tables_and_can_be_escaped(tmp_path: Path) -> None:
    text = (
        '[backend]\norigins = ["http://${A}", "http://b"]\n'
        '[profiles.ai-chat]\nmessage = "costs $${A} and $5"\nfields = { deep = { list = ["${A}", 1, true] } }\n'
        'heartbeat = "${A}0ms"\n'
    )
    config = load(tmp_path, text, env={"A": "1"})
    settings = config.profiles["ai-chat"]

    assert config.backend.origins == ("http://1", "http://b")
    assert settings.message == "costs ${A} and $5"
    assert settings.fields == {"deep": {"list": ["1", 1, True]}}
    assert settings.heartbeat == 0.01


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ('"10s"', 10.0),
        ('"250ms"', 0.25),
        ('"5m"', 300.0),
        ('"1h"', 3600.0),
        ('" 1.5 s "', 1.5),
        ("7", 7.0),
        ("0.5", 0.5),
    ],
)
def test_durations(tmp_path: Path, written: str, seconds: float) -> None:
    assert load(tmp_path, f"[profiles.ai-chat]\nheartbeat = {written}\n").profiles["ai-chat"].heartbeat == seconds


def test_files_are_relative_to_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    Authority(tmp_path / "deep")
    (tmp_path / "deep" / "other.toml").write_text('[backend]\nca_file = "ca.pem"\n')
    config = load(tmp_path, path=Path("deep/other.toml"))

    assert config.backend.ca_file == tmp_path / "deep" / "ca.pem"
    assert config.origin == str(Path("deep/other.toml"))


def test_the_file_of_the_variable_is_read_unless_the_argument_names_one(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[backend]\nmax_rps = 1\n")
    (tmp_path / "b.toml").write_text("[backend]\nmax_rps = 2\n")
    variable = {"CHATPROOF_CONFIG": str(tmp_path / "a.toml")}

    assert load(tmp_path, env=variable).backend.max_rps == 1
    assert load(tmp_path, env=variable, path=Path("b.toml")).backend.max_rps == 2


def test_a_file_elsewhere_is_named_in_full(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "a.toml").write_text("")

    assert load(tmp_path / "here", path=tmp_path / "a.toml").origin == str(tmp_path / "a.toml")


def test_the_project_file_is_read_in_its_table_and_waivers_have_their_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.chatproof.backend]\nmax_rps = 3\n'
        '[[tool.chatproof.waivers]]\nrequirement = "A"\nreason = "r"\nowner = "o"\nexpires = 2027-03-01\n'
    )
    config = load(tmp_path)

    assert (config.backend.max_rps, config.origin, config.waivers[0].line) == (3, "pyproject.toml", 5)
    assert load(tmp_path, path=Path("pyproject.toml")) == config


def test_a_project_file_without_our_table_is_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["chatproof"]\n')
    assert load(tmp_path, "[backend]\nmax_rps = 4\n").backend.max_rps == 4

    (tmp_path / "pyproject.toml").write_text("this is broken =")
    assert load(tmp_path).backend.max_rps == 4


def test_a_byte_order_mark_and_carriage_returns_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_bytes(b"\xef\xbb\xbf[backend]\r\nmax_rps = 5\r\n")

    assert load(tmp_path).backend.max_rps == 5


def test_named_profiles_are_chosen_and_need_no_table(tmp_path: Path) -> None:
    config = load(tmp_path, profiles=["ai-chat"])

    assert config.profiles == {"ai-chat": AiChat()}
    assert not config.assumed_profile


def test_a_rate_limit_and_a_turn_with_fields(tmp_path: Path) -> None:
    text = (
        '[profiles.ai-chat]\nrate_limit = { burst = 30, claims = { sub = "r" } }\n'
        'idle_turn = { message = "think", fields = { model = "slow" }, max_duration = "2m" }\n'
    )
    settings = load(tmp_path, text).profiles["ai-chat"]

    assert settings.rate_limit == RateLimit(burst=30, claims={"sub": "r"})
    assert settings.idle_turn == Turn(message="think", fields={"model": "slow"}, max_duration=120.0)


def test_loading_twice_does_not_change_what_was_read(tmp_path: Path) -> None:
    first = load(tmp_path, EXAMPLE, env={"CHAT_JWT_SECRET": SECRET}, url="http://one")

    assert load(tmp_path, env={"CHAT_JWT_SECRET": SECRET}, url="http://one") == first


def test_keys_of_another_scheme_are_told(tmp_path: Path) -> None:
    config = load(tmp_path, '[auth]\nscheme = "none"\nname = "session"\n')
    assert config.warnings == ("chatproof.toml: auth.name is not used: auth.scheme is none",)
