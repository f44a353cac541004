from __future__ import annotations

import pytest

from chatproof.case import Case
from chatproof.requirement import Source, requirement, requirement_of
from chatproof.verdict import Level


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatproof.requirement._REGISTRIES", [{}])


SOURCE = Source("RFC 0", "1")
WORDS = {"why": "because", "example": "x", "remedy": "mend it"}


def define(identifier: str, **changes: object) -> object:
    @requirement(identifier, Level.MUST, SOURCE, **{**WORDS, **changes})  # type: ignore[arg-type]  # a table of arguments
    def test_something(case: Case) -> None:
        """
        The statement goes
        over two lines.

        The rest is for developers.
        """

    return test_something


def test_the_statement_is_the_first_paragraph_of_the_docstring() -> None:
    entry = requirement_of(define("TEST-STATEMENT-01"))

    assert entry is not None
    assert entry.statement == "The statement goes over two lines."
    assert entry.remedy == {"any": "mend it"}
    assert entry.scenarios == ("turn",)


def test_two_definitions_of_one_id_are_an_error() -> None:
    define("TEST-TWICE-01")

    def other() -> None:
        @requirement("TEST-TWICE-01", Level.MUST, SOURCE, **WORDS)  # type: ignore[arg-type]  # a table of arguments
        def test_other(case: Case) -> None:
            """Another statement."""

    with pytest.raises(ValueError, match="TEST-TWICE-01 is defined twice"):
        other()


def test_one_definition_imported_twice_is_no_error() -> None:
    define("TEST-AGAIN-01")
    define("TEST-AGAIN-01")


def test_a_judge_without_a_docstring_is_an_error() -> None:
    with pytest.raises(TypeError, match="no docstring"):
        requirement("TEST-SILENT-01", Level.MUST, SOURCE, **WORDS)(lambda _case: None)  # type: ignore[arg-type]  # a table of arguments


def test_a_remedy_without_the_general_case_is_an_error() -> None:
    with pytest.raises(ValueError, match="no remedy for `any` stack"):
        define("TEST-REMEDY-01", remedy={"nginx": "proxy_buffering off;"})


def test_an_ordinary_function_judges_nothing() -> None:
    assert requirement_of(len) is None


@pytest.mark.parametrize(
    ("profiles", "provided", "holds"),
    [((), {"turn"}, True), (("ai-chat",), {"turn"}, True), (("chatkit",), {"turn"}, False), ((), {"poll"}, False)],
)
def test_it_holds_for_profiles_that_provide_its_scenarios(
    profiles: tuple[str, ...], provided: set[str], holds: bool
) -> None:
    entry = requirement_of(define("TEST-APPLIES-01", profiles=profiles))

    assert entry is not None
    assert entry.applies_to("ai-chat", dict.fromkeys(provided)) is holds
