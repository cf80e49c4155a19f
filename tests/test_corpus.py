"""The reviewed corpus: every covered defect found where it is, nothing known to be false, nothing that nobody read."""

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.finding import Finding, RungName
from checks.loaders import load
from checks.registry import rules
from checks.review import review
from checks.verdict import Verdict
from tests.corpus_truth import ADVISED, COVERED, NOT_DEFECTS, REVIEWED

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("REFEREE_CORPUS") or ROOT.parent / "shared" / "corpus")
CASES = ("ohgw-base", "graff-experiment", "metas-peft-experiment")
NEAR = 3
"""Lines that a finding may stand away from the defect."""

pytestmark = [
    pytest.mark.skipif(
        not all((CORPUS / case / "truth.yaml").is_file() for case in CASES),
        reason=f"the reviewed corpus is not at {CORPUS}; name its folder in REFEREE_CORPUS",
    ),
    pytest.mark.xdist_group("corpus"),
]


@cache
def verdict(case: str) -> Verdict:
    return review(load(str(CORPUS / case / "repo")), required={RungName.STATIC})


@cache
def truth(case: str) -> dict[str, Any]:
    document = yaml.safe_load((CORPUS / case / "truth.yaml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def covered(case: str) -> list[dict[str, Any]]:
    return [defect for defect in truth(case)["defects"] if defect["id"] in COVERED]


def matches(finding: Finding, defect: dict[str, Any]) -> bool:
    if finding.rule not in COVERED[defect["id"]] or finding.path != defect["file"]:
        return False
    if not finding.blocks and defect["id"] not in ADVISED:
        return False
    line, first = defect.get("line"), finding.line
    return line is None or first is None or first - NEAR <= line <= (finding.end_line or first) + NEAR


def unmatched(case: str) -> Iterator[Finding]:
    for finding in verdict(case).findings:
        if finding.blocks and not any(matches(finding, defect) for defect in covered(case)):
            yield finding


@pytest.mark.parametrize("case", CASES)
def test_is_judged_by_its_profile_and_not_ready(case: str) -> None:
    assert verdict(case).profile == truth(case)["profile"]
    assert verdict(case).ready is truth(case)["ready"] is False


@pytest.mark.parametrize("case", CASES)
def test_finds_every_covered_defect_at_its_place(case: str) -> None:
    missed = [
        f"{defect['id']} at {defect['file']}:{defect.get('line', '')}"
        for defect in covered(case)
        if not any(matches(finding, defect) for finding in verdict(case).findings)
    ]
    assert missed == []


@pytest.mark.parametrize("case", CASES)
def test_reports_nothing_that_is_known_to_be_false(case: str) -> None:
    reported = [
        f"{finding.rule} at {finding.place}"
        for finding in verdict(case).findings
        for pattern, path, first, last in NOT_DEFECTS[case]
        if finding.blocks and fnmatchcase(finding.rule, pattern) and finding.path == path
        if first <= (finding.line or first) <= last
    ]
    assert reported == []


@pytest.mark.parametrize("case", CASES)
def test_every_other_blocking_finding_was_read_by_a_person(case: str) -> None:
    found = sorted((finding.rule, finding.place) for finding in unmatched(case))
    assert found == sorted(REVIEWED[case])


def test_the_table_names_rules_and_defects_that_exist() -> None:
    known = {rule.id() for rule in rules()}
    defects = {defect["id"] for case in CASES for defect in truth(case)["defects"]}
    assert set().union(*COVERED.values()) <= known
    assert set(COVERED) <= defects


def test_prints_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for case in CASES:
        expected, static = covered(case), [d for d in truth(case)["defects"] if d["decided_by"] == "static"]
        found = [d for d in expected if any(matches(finding, d) for finding in verdict(case).findings)]
        rows.append(f"{case:24} found {len(found)} of {len(expected)} covered ({len(static)} static in all)")
        assert expected
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(rows) + "\n")
