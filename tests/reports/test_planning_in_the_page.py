"""The plan of a capacity run, changed in a browser: what makes no sense is named, and never computed with."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from chatproof.reports import html
from support.browser import left_by, without_policy
from support.capacity_runs import capacity_run

NONE: Final = "\N{EN DASH}"
CASES: Final = (
    ("users", "12000"),
    ("users", ""),
    ("users", "-5"),
    ("users", "1e300"),
    ("users", "many"),
    ("holdSeconds", ""),
    ("turnsPerHour", "1e300"),
    ("peakFactor", "0"),
    ("headroom", "50"),
    ("headroom", ""),
    ("headroom", "-5"),
    ("headroom", "1e300"),
    ("perReplica", "0"),
    ("perReplica", "20"),
)
_DRIVER: Final = """<script>
const left = CASES.map(([name, value]) => {
  const inputs = Object.fromEntries([...document.querySelectorAll("[data-plan] input")].map((one) => [one.name, one]));
  const before = Object.entries(inputs).map(([key, one]) => [key, one.value]);
  const put = (key, text) => {
    inputs[key].value = text;
    inputs[key].dispatchEvent(new Event("input", { bubbles: true }));
  };
  put(name, value);
  const told = {
    row: [...document.querySelector("tr[data-own]").cells].map((cell) => cell.textContent),
    said: document.querySelector("[data-plan] [role=status]").textContent,
    wrong: Object.values(inputs).filter((one) => one.getAttribute("aria-invalid") === "true").map((one) => one.name),
    carries: inputs.perReplica.value,
  };
  for (const [key, text] of before) put(key, text);
  inputs.perReplica.value = "47.6";
  return told;
});
const place = document.createElement("pre");
place.id = "left";
place.textContent = JSON.stringify(left);
document.body.append(place);
</script></body>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """What the page said to each number that was typed."""
    text = without_policy(html.render(capacity_run()))
    driven = text.replace("</body>", _DRIVER.replace("CASES", json.dumps(CASES)))
    told = left_by(driven, tmp_path_factory.mktemp("plan"))
    return dict(zip(CASES, told, strict=True))


def test_numbers_with_sense_are_computed(seen: dict[tuple[str, str], Any]) -> None:
    for case in (("users", "12000"), ("peakFactor", "0"), ("headroom", "50"), ("perReplica", "20")):
        assert (seen[case]["said"], seen[case]["wrong"]) == ("Computed with your numbers.", []), case
    assert seen["users", "12000"]["row"][:2] == ["12,000", "80"]
    assert seen["headroom", "50"]["carries"] == "34"


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        *(("users", bad, "your own number of users") for bad in ("", "-5", "1e300", "many")),
        ("holdSeconds", "", "hold time, s"),
        ("turnsPerHour", "1e300", "turns of a user in an hour"),
        ("perReplica", "0", "one replica carries, streams"),
    ],
)
def test_number_without_sense_is_named_and_plans_nothing(
    name: str, value: str, label: str, seen: dict[tuple[str, str], Any]
) -> None:
    told = seen[name, value]

    assert told["said"] == f"A number is missing or makes no sense: {label}."
    assert told["wrong"] == [name]
    assert told["row"][1:] == [NONE] * 5


@pytest.mark.parametrize("value", ["", "-5", "1e300"])
def test_headroom_without_sense_leaves_what_one_replica_carries(value: str, seen: dict[tuple[str, str], Any]) -> None:
    told = seen["headroom", value]

    assert (told["carries"], told["wrong"]) == ("47.6", ["headroom"])
    assert told["said"] == "A number is missing or makes no sense: headroom, %."
