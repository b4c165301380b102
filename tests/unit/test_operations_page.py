"""docs/operations.md explains every failure code, every alarm and every metric."""

import re
from pathlib import Path

import pytest

from octavo.codes import Code
from octavo.metrics import CAUSED_BY_CALLERS, Metric

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text()
# The codes of failures stand together in octavo.codes. A report also fails with these two.
ALL = list(Code)
FAILURES = {*ALL[ALL.index(Code.TIMED_OUT) : ALL.index(Code.ADDRESS_MISSING)], Code.INTERNAL, Code.UNKNOWN_REPORT_TYPE}


def section(title):
    """Return the text below a heading, up to the next heading of the same level."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title):
    """Return the cells of each row of the first table in a section."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_failure_code_is_explained_once_with_what_to_do():
    told = [code.strip("`") for code, *_ in rows("Failure codes")]
    assert sorted(told) == sorted(FAILURES)
    assert all(meaning and advice for _, meaning, advice in rows("Failure codes"))


def test_the_codes_that_callers_cause_are_marked():
    not_faults = {code.strip("`") for code, meaning, _ in rows("Failure codes") if "Not a fault" in meaning}
    assert not_faults == CAUSED_BY_CALLERS


def test_every_metric_is_explained_once():
    told = [name for cell, *_ in rows("Metrics") for name in re.findall(r"`(\w+)`", cell) if name != "Code"]
    assert sorted(told) == sorted(Metric)
    most = len(Metric) - 1 + len((FAILURES - {Code.REPORT_ENDED}) | {"SUCCESS"})  # no report ends with that code
    assert f"There are {len(Metric) - 1}\nwithout a code" in section("Metrics")
    assert f"at most {most}." in section("Metrics")


@pytest.mark.parametrize("anchor", sorted(set(re.findall(r"\]\(#([\w-]+)\)", PAGE))))
def test_every_link_within_the_page_leads_to_a_heading(anchor):
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
