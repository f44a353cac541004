"""The faults of agent-stream backends: each says what it breaks, and together they break every requirement."""

from __future__ import annotations

import pytest

from chatproof.catalogue import catalogue
from chatproof.fixtures.agent_stream.faults import FAULTS
from chatproof.fixtures.faults import Fault
from chatproof.verdict import Level

KNOWN = catalogue().requirements


def test_names_are_unique_and_tell_the_profile() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
    assert all(name.startswith("agent_") for name in names)
    assert {fault.profile for fault in FAULTS} == {"agent-stream"}
    assert [fault.name for fault in FAULTS if not fault.requirements] == ["agent_identity"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_agent_fault_describes_itself(fault: Fault) -> None:
    assert fault.summary.endswith(".")
    assert fault.requirements <= KNOWN.keys()


def test_every_must_and_should_is_broken_by_some_fault() -> None:
    broken = frozenset().union(*(fault.requirements for fault in FAULTS))
    own = {name for name, entry in KNOWN.items() if name.startswith("AGENT-") and entry.level is not Level.MAY}

    assert own - broken == set()
    assert len(own) == 22
