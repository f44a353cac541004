from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chatproof.comparison.facts import Change
from chatproof.reports.comparison import markdown, page, terminal
from chatproof.reports.comparison.ratios import drawn
from chatproof.reports.comparison.words import band_text, change_text, interval_text
from support.browser import left_by, without_policy
from support.compared_runs import checked, compare, loaded, turns, verdict
from support.pages import LOADING, Page
from support.run_documents import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

BASE = loaded(
    turns([0.2 + 0.0001 * number for number in range(300)]), only=("ttft", "error_rate", "concurrency"), build="b1"
)
SLOW = loaded(
    turns([0.4 + 0.0001 * number for number in range(150)], failed=150),
    only=("ttft", "error_rate", "concurrency"),
    build="b2",
)


WORSE = compare(BASE, SLOW, pairs=[(BASE, BASE)])
EMPTY = compare(checked(interrupted=True), checked(verdict("A-01", "met")))
HOSTILE_CHANGE = Change(
    kind="requirement",
    name=HOSTILE,
    profile=HOSTILE,
    level="MUST",
    base="met",
    run="not_met",
    verdict="worse",
    weighs=True,
    reason=HOSTILE,
)
EVIL = replace(
    WORSE,
    changes=(HOSTILE_CHANGE,) * 3,
    base=replace(WORSE.base, name=HOSTILE, build=HOSTILE),
    warnings=(HOSTILE,),
    figures=tuple(replace(entry, name=HOSTILE, reason=HOSTILE) for entry in WORSE.figures),
)


def test_every_figure_is_in_every_format() -> None:
    texts = [terminal.render(WORSE, width=140), markdown.render(WORSE), Page(page.render(WORSE)).text]

    for text in texts:
        for entry in WORSE.figures:
            assert entry.name in text.replace("&#95;", "_").replace("error_ rate", "error_rate")
        assert "no difference shown" in text
        assert "worse" in text


def test_the_page_draws_a_row_for_each_interval_and_the_band() -> None:
    text = page.render(WORSE)
    judged = [entry for entry in WORSE.figures if entry.interval]

    assert text.count('class="interval"') == len(judged) > 0
    assert text.count('class="margin"') == len(judged)
    assert text.count('class="aa"') == sum(entry.band_upper is not None for entry in judged) > 0
    assert text.count('class="ratios"') == 2  # ratios, and the differences of shares
    assert "A/A band" in Page(text).text


def test_many_rows_are_drawn_in_parts_each_with_its_axis() -> None:
    figure = next(entry for entry in WORSE.figures if entry.compares == "ratio" and entry.interval)
    many = tuple(replace(figure, name=f"figure-{number}") for number in range(23))
    chart = drawn(many, "ratio")
    text = page.render(replace(WORSE, figures=many))

    assert chart is not None
    assert [len(part.rows) for part in chart.parts] == [7, 8, 8]
    assert [row.figure.name for row in chart.rows] == [entry.name for entry in many]
    assert [row.top for row in chart.parts[1].rows][:2] == [0, 40]
    assert [part.height for part in chart.parts] == [280, 320, 320]
    assert text.count('class="ratios"') == 3
    assert text.count('class="none"') == 3
    assert "run / base, part 2 of 3: figure-7 " in text
    assert "part 1 of" not in page.render(WORSE)


def test_a_place_in_the_chart_lies_within_it() -> None:
    for place in re.findall(r'(?:x|x1|x2|width)="(-?[\d.]+)%"', page.render(WORSE)):
        assert 0 <= float(place) <= 100


def test_what_fails_now_is_drawn_at_the_end_and_told_as_a_failure() -> None:
    figure = next(entry for entry in WORSE.figures if entry.name == "ttft.p95")
    chart = drawn(WORSE.figures, "ratio")
    assert chart is not None
    row = next(entry for entry in chart.rows if entry.figure is figure)

    assert (figure.run, figure.lower, figure.verdict) == (None, None, "worse")
    assert (row.lower, row.open_lower, row.open_upper) == (100.0, False, True)
    assert (change_text(figure), interval_text(figure)) == ("to a failure", "a failure")
    assert change_text(replace(figure, base=None, run=0.2)) == "from a failure"


def test_no_difference_has_a_sign_of_its_own_and_a_change_of_nothing_no_sign() -> None:
    text = page.render(WORSE)
    none = replace(WORSE.figures[0], compares="difference", unit="%", band_lower=-0.0, band_upper=0.0)

    assert 'href="#mark-same"' in text
    assert 'id="mark-same"' in text
    assert "mark-not_claimed" not in text.partition("<main")[2].partition("section-figures")[2]
    assert band_text(none) == "0 to 0 points"


def test_the_page_loads_nothing_and_shows_what_was_said_as_text() -> None:
    found = Page(page.render(EVIL))

    assert "script" not in {tag for tag, _attributes in found.tags}
    assert "img" not in {tag for tag, _attributes in found.tags}
    assert not any(found.attributes(name) for name in LOADING)
    assert "</script><script>alert(1)</script>" in found.text


def test_a_long_name_hides_no_column_of_what_changed(tmp_path: Path) -> None:
    text = page.render(replace(EVIL, changes=tuple(replace(HOSTILE_CHANGE, name="LONG-" * 80) for _number in range(3))))
    script = """<script>
const table = document.querySelector(".moved");
const left = document.createElement("pre");
left.id = "left";
left.textContent = JSON.stringify([table.scrollWidth, table.parentElement.clientWidth]);
document.body.append(left);
</script></body>"""
    wide, room = left_by(without_policy(text).replace("</body>", script), tmp_path)

    assert 0 < wide <= room


def test_markdown_shows_what_was_said_as_text_and_fits_a_comment() -> None:
    text = markdown.render(EVIL)
    long = markdown.render(replace(EVIL, changes=(HOSTILE_CHANGE,) * 500))

    assert "<script>" not in text
    assert "@team" not in text
    assert len(long) <= 65_536
    assert long.endswith(markdown.CUT_NOTE)


def test_the_terminal_shows_no_control_characters() -> None:
    text = terminal.render(EVIL, width=80)

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())


@pytest.mark.parametrize("width", [30, 60, 80, 140])
def test_the_terminal_keeps_its_width(width: int) -> None:
    assert all(len(line) <= width for line in terminal.render(WORSE, width=width).splitlines())


def test_the_terminal_ends_with_the_outcome_and_colours_what_is_worse() -> None:
    plain = terminal.render(WORSE, width=140)
    coloured = terminal.render(WORSE, width=140, colour=True)

    assert plain.splitlines()[-1].startswith("Worse: ")
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b[31mttft.p95" in coloured


def test_quiet_leaves_what_changed() -> None:
    text = terminal.render(WORSE, width=140, quiet=True)

    assert "ttft.p95" in text
    assert "concurrency" not in text
    assert "no difference shown" not in text.splitlines()
    assert "no difference shown" in terminal.render(WORSE, width=140).splitlines()


def test_a_comparison_without_anything_is_told_as_that() -> None:
    page_text = Page(page.render(EMPTY)).text

    assert "Not compared" in page_text
    assert "interrupted" in page_text
    assert terminal.render(EMPTY, width=200).splitlines()[-1].endswith("(exit code 3)")
    assert markdown.render(EMPTY).startswith("# chatproof compare: not compared")
