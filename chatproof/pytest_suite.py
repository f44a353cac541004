"""The suite inside pytest: parametrises by profile, records before the first test, and judges in place of tests."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chatproof.checking import Check, Options
from chatproof.config import ConfigError, load_config
from chatproof.gate import gate_of
from chatproof.own_items import OwnItems
from chatproof.process import BackendProcessError
from chatproof.pytest_outcome import STATUS, ChatWarning, end_test
from chatproof.requirement import Requirement, requirement_of
from chatproof.shared_recordings import FOLDER_KEY, SharedRecordings, record_surrounded
from chatproof.verdict import Level, Verdict
from chatproof.waivers import waiver_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from chatproof.recorder.events import Event

__all__ = ["PROPERTY", "ChatSuite", "suite_of"]

PROPERTY = "chatproof"
_PARAMETER = "case"


def suite_of(config: pytest.Config) -> ChatSuite | None:
    """The suite for plain `pytest`; None where nothing names a backend. A wrong configuration is a usage error."""
    named = config.getoption("chat_config")
    try:
        settings = load_config(
            path=Path(named) if named else None,
            env=os.environ,
            environment_name=config.getoption("chat_env"),
            url=config.getoption("chat_url"),
            profiles=config.getoption("chat_profile"),
            cwd=config.invocation_params.dir,
        )
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from None
    if not settings.backend.url:
        raise pytest.UsageError("chatproof needs a backend\nhint: add --chat-url URL, or `url` under [backend]")
    options = Options(
        strict=config.getoption("chat_strict"),
        slow=config.getoption("chat_slow"),
        fuzz_examples=config.getoption("chat_fuzz"),
    )
    return ChatSuite(Check(config=settings, options=options), own_run=False, shared=SharedRecordings.of(config))


class ChatSuite:
    """
    The hooks of one pytest session that judges a backend.

    `own_run` says that the command line started pytest and reports itself; otherwise outcomes are
    pytest's: a SHOULD that is not met passes with a warning. `recording` is entered while the backend is
    recorded, and gives the listener. `refusal` is why nothing could be sent, and so nothing was judged.
    """

    def __init__(
        self,
        check: Check,
        *,
        own_run: bool,
        shared: SharedRecordings | None = None,
        selected: frozenset[str] | None = None,
        recording: Callable[[Check], AbstractContextManager[Callable[[Event], None]]] = lambda _check: nullcontext(
            _unheard
        ),
    ) -> None:
        self.check = check
        self._own_run = own_run
        self._shared = shared
        self._selected = selected
        self._recording = recording
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.refusal: ConfigError | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declares the marker that `-m` can choose requirements by."""
        config.addinivalue_line("markers", "chat_requirement(id, level): judges one requirement of a chat backend")
        if self.check.config.own is not None:
            config.pluginmanager.register(OwnItems(self.check.config.own, always=self._own_run), "chat-own")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each profile that the requirement holds for."""
        entry = requirement_of(metafunc.function)
        if entry is not None:
            profiles = [profile for _entry, profile in self.check.pairs_of([entry])]
            metafunc.parametrize(_PARAMETER, profiles, ids=profiles)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """
        Lets `-k` choose by id and alias, and `-m` by level.

        A SHOULD that is not met stays a warning where the user's own warnings are errors: `--chat-strict` is for that.
        """
        entry = _requirement(item)
        if entry is not None:
            item.extra_keyword_matches.update((entry.id, *entry.aliases))
            item.add_marker(pytest.mark.chat_requirement(id=entry.id, level=entry.level.value))
            item.add_marker(pytest.mark.filterwarnings(f"always::{ChatWarning.__module__}.{ChatWarning.__name__}"))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leaves out what selectors do not choose, and marks the waived as strict xfail."""
        chosen, left_out = [], []
        # Where a requirement holds for no profile under test, pytest makes an item without a parameter of it.
        applying = [
            item for item in items if _requirement(item) is None or _profile(item) in self.check.config.profiles
        ]
        for item in applying:
            entry = _requirement(item)
            if entry is not None and self._selected is not None and entry.id not in self._selected:
                left_out.append(item)
                continue
            chosen.append(item)
            if entry is not None:
                self._mark_waived(item, entry)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        items[:] = chosen
        self.check.not_selected = len(left_out)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """
        Records everything that the collected tests need before the first of them runs.

        Under xdist the controller collects nothing, and so records nothing.
        """
        self.check.pairs = [(entry, _profile(item)) for item in session.items if (entry := _requirement(item))]
        if self.check.pairs and not session.config.option.collectonly:
            self._record()
        if self.refusal is not None:
            session.items.clear()
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Judges, in place of calling the test function with a fixture."""
        entry = _requirement(pyfuncitem)
        if entry is None:
            return None
        judgement = self.check.judge(entry, _profile(pyfuncitem))
        pyfuncitem.user_properties.append(
            (PROPERTY, json.dumps({"requirement": entry.id, "verdict": judgement.verdict}))
        )
        waived = pyfuncitem.get_closest_marker("xfail") is not None
        untestable = judgement.verdict is Verdict.NOT_TESTABLE
        hint = gate_of(self.check.case(_profile(pyfuncitem))).hint if untestable else ""
        end_test(entry, judgement, weighs=waived or self._weighs(entry), hint=hint)
        return True

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Under xdist the controller names one temporary folder to all its workers."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="chatproof-")
        node.workerinput[FOLDER_KEY] = str(Path(self._folder.name) / "recordings")

    def pytest_unconfigure(self) -> None:
        """Removes the workers' folder."""
        if self._folder is not None:
            self._folder.cleanup()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """In a run of our own, pytest's lines speak in verdicts."""
        if not self._own_run or report.when != "call":
            return None
        words = dict(report.user_properties).get(PROPERTY)
        if not words:
            return None
        return STATUS[json.loads(str(words))["verdict"]]

    def _record(self) -> None:
        try:
            with self._recording(self.check) as listener:
                if self._shared is not None:
                    self._shared.record_or_load(self.check, listener)
                elif self._own_run:
                    self.check.record(listener)
                else:
                    record_surrounded(self.check, listener)
        except ConfigError as error:
            if not self._own_run:
                raise pytest.UsageError(str(error)) from None
            self.refusal = error
        except BackendProcessError as error:
            raise pytest.UsageError(str(error)) from None
        except KeyboardInterrupt:
            self.check.interrupted = True
        if self.check.interrupted and not self._own_run:
            raise KeyboardInterrupt

    def _weighs(self, entry: Requirement) -> bool:
        """Whether its test fails where it is not met; in a run of our own all do, since the report weighs them."""
        strict = self.check.options.strict and entry.level is Level.SHOULD
        return self._own_run or strict or entry.level is Level.MUST

    def _mark_waived(self, item: pytest.Item, entry: Requirement) -> None:
        waiver = waiver_for(entry.id, entry.aliases, _profile(item), self.check.config.waivers, today=self.check.today)
        if waiver is not None and not self._own_run:
            item.add_marker(pytest.mark.xfail(reason=f"waived: {waiver.reason} ({waiver.owner})", strict=True))


def _unheard(_event: Event) -> None:
    """Under plain pytest nobody listens to the recorder."""


def _requirement(item: pytest.Item) -> Requirement | None:
    return requirement_of(getattr(item, "function", None))


def _profile(item: pytest.Item) -> str:
    callspec: Any = getattr(item, "callspec", None)
    return str(callspec.params[_PARAMETER])
