"""`[load]` and `[observe]`: read, checked, saved and written again."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from chatproof.config import Config, Load, Observe, as_declared, from_declared, from_table, load_config
from chatproof.config.toml_text import toml_text
from chatproof.load_plan import LOOPBACK_USERS, Plan
from support.config_errors import error_of

TABLES: dict[str, Any] = {
    "load": {
        "workload": "mixed",
        "users": 50,
        "run_time": "2m",
        "stages": ["30s 50", "1m 20/s"],
        "weights": {"chat-turns": 3, "polling": 1.5},
        "user_claims": {"sub": "load-{number}"},
        "allow_hosts": ["chat.example.com"],
    },
    "observe": {"pid": 12, "metrics_url": "http://localhost:9100/metrics?name=x", "memory_field": "memory.ms"},
}


def test_without_the_tables_the_workload_decides_and_the_bounds_hold() -> None:
    load = Config().load

    assert (load.max_users, load.max_rate, load.max_run_time) == (LOOPBACK_USERS, 2000.0, 3600.0)
    bounds = {"max_users", "max_rate", "max_run_time"}
    assert {getattr(load, entry.name) or None for entry in fields(load) if entry.name not in bounds} == {None}


def test_the_tables_are_read() -> None:
    config = from_table(TABLES, origin="a table")

    assert (config.load.users, config.load.run_time, config.load.warm_up) == (50, 120.0, None)
    assert config.load.weights == {"chat-turns": 3, "polling": 1.5}
    assert config.observe == Observe(
        pid=12, metrics_url="http://localhost:9100/metrics?name=x", memory_field="memory.ms"
    )


def test_they_come_back_from_what_was_saved_and_from_what_was_written() -> None:
    config = from_table(TABLES, origin="a table")

    assert from_declared(as_declared(config)) == config
    assert from_table(tomllib.loads(toml_text(TABLES)), origin="a table") == config


def test_files_are_found_from_the_configurations_folder_and_a_log_may_come_later(tmp_path: Path) -> None:
    (tmp_path / "tokens.txt").write_text("a\nb\n")
    text = '[load]\ntokens_file = "tokens.txt"\n[observe]\nlog_file = "later.log"\nmemory_pattern = "ms: (\\\\d+)"\n'
    (tmp_path / "chatproof.toml").write_text(text)
    config = load_config(path=None, env={}, environment_name=None, url=None, profiles=(), cwd=tmp_path)

    assert config.load.tokens_file == tmp_path / "tokens.txt"
    assert config.observe.log_file == tmp_path / "later.log"


def test_secrets_in_the_claims_of_load_users_are_known(tmp_path: Path) -> None:
    (tmp_path / "chatproof.toml").write_text('[load]\nuser_claims = { tenant = "${TENANT}" }\n')
    env = {"TENANT": "a-tenant-nobody-may-read"}
    config = load_config(path=None, env=env, environment_name=None, url=None, profiles=(), cwd=tmp_path)

    assert config.secrets == ("a-tenant-nobody-may-read",)
    assert "nobody" not in str(as_declared(config))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[load]\nuser = 3\n", "load.user: found an unknown key"),
        ("[load]\nusers = -1\n", "load.users: found -1; expected a whole number of at least 0"),
        ('[load]\nrun_time = "1 parsec"\n', "load.run_time: found"),
        ('[load]\narrivals = "poison"\n', "did you mean `poisson`?"),
        ("[load]\nabort_share = 1.5\n", "load.abort_share: found 1.5; expected a share between 0 and 1"),
        ('[load]\nstages = ["50 users"]\n', 'load.stages: found "50 users"; expected a duration and a number of users'),
        ('[load]\nstages = ["30s 2.5"]\n', 'load.stages: found "30s 2.5"'),
        ('[load]\nweights = { soak = "much" }\n', "load.weights.soak: found 'much'; expected a number of at least 0"),
        ("[load]\nweights = { soak = -1 }\n", "load.weights.soak: found -1"),
        ('[load]\nthink_min = "2s"\nthink_max = "1s"\n', "load.think_max: found 1 s, less than think_min"),
        ('[load]\nallow_hosts = ["https://a.example"]\n', "expected a host's name or address alone"),
        ('[load]\ntokens_file = "nowhere"\n', "load.tokens_file: found"),
        ("[load]\nmax_users = 0\n", "load.max_users: found 0"),
        ("[observe]\npid = 0\n", "observe.pid: found 0"),
        ('[observe]\nmetrics_url = "ftp://a/metrics"\n', "observe.metrics_url: found"),
        ('[observe]\nmetrics_url = "http://u:p@a/metrics"\n', "found a URL with a user name"),
        ('[observe]\nmemory_pattern = "(\\\\d+)"\n', "observe.log_file: found nothing"),
        ('[observe]\nlog_file = "a.log"\nretry_pattern = "x"\n', "expected a pattern with a group"),
        ('[observe]\nlog_file = "a.log"\nretry_pattern = "("\n', "observe.retry_pattern: found"),
        ('[targets]\n"ttft.p95" = "< 350mz"\n', "found the unit 'mz' in \"ttft.p95 < 350mz\" (character 15)"),
        ('[targets]\n"tfft.p95" = "off"\n', "did you mean `ttft`?"),
        ('[targets]\n"ttft.p95" = 3\n', "targets.ttft.p95: found no text"),
    ],
)
def test_a_mistake_has_its_message(text: str, said: str, tmp_path: Path) -> None:
    assert said in error_of(tmp_path, text)


def test_every_field_of_a_plan_that_a_user_sets_has_its_key() -> None:
    ours = {"profile", "started_at_ns", "think_seconds", "retry_seconds"}
    keys = {entry.name for entry in fields(Load)}

    assert {"think_min", "think_max"} <= keys
    assert {entry.name.removesuffix("_seconds") for entry in fields(Plan) if entry.name not in ours} - keys == {
        "stream"
    }
    assert "stream_time" in keys


def test_a_configuration_with_other_tables_is_another() -> None:
    config = from_table(TABLES, origin="a table")

    assert replace(config, load=Load()) != config
