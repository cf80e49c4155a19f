"""Spellings that a rule's author did not have in mind: the odd ones are found, the innocent ones left alone."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.context import Context
from checks.finding import Finding
from checks.loaders import load
from checks.profiles import PROFILES
from checks.registry import identifiers, rule
from checks.tree import SourceTree, Unread, WhyUnread
from tests.example_support import EXAMPLES

FOLDER = Path(__file__).parent / "lookalikes"
NEAR = 3
"""Lines that a finding may stand away from the place that a case names."""


def cases() -> list[Any]:
    return [
        pytest.param(identifier, case, id=f"{identifier}-{case['name']}".replace(" ", "-"))
        for path in sorted(FOLDER.glob("*/*.yaml"))
        for identifier in [f"{path.parent.name}/{path.stem}"]
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


@cache
def example(profile: str) -> dict[str, str]:
    return {path: data.decode() for path, data in load(str(EXAMPLES / profile)).files.items()}


def files_of(case: dict[str, Any], profile: str) -> dict[str, str | Unread]:
    files: dict[str, Any] = dict(example(profile)) if case.get("example") else {}
    for edit in case.get("edits", ()):
        assert edit["old"] in files[edit["path"]], f"the edit no longer fits {edit['path']}"
        files[edit["path"]] = files[edit["path"]].replace(edit["old"], edit["new"])
    for path, text in case.get("files", {}).items():
        if text is None:
            del files[path]
        else:
            files[path] = text
    for path, why in case.get("unread", {}).items():
        files[path] = Unread(WhyUnread(why), "not looked at")
    return files


def found(identifier: str, case: dict[str, Any]) -> list[Finding]:
    one = rule(identifier)
    profile = case.get("profile") or next(iter(one.criteria))
    tree = SourceTree.of(files_of(case, profile))
    return one.findings(Context(tree, PROFILES[profile], case.get("research")))


def is_at(finding: Finding, place: str) -> bool:
    path, _, line = place.partition(":")
    if finding.path != (path or None) or not line:
        return finding.path == (path or None)
    first = finding.line or 0
    return first - NEAR <= int(line) <= (finding.end_line or first) + NEAR


@pytest.mark.parametrize(("identifier", "case"), cases())
def test_lookalike(identifier: str, case: dict[str, Any]) -> None:
    findings = found(identifier, case)
    if not case["fires"]:
        assert [(finding.place, finding.message) for finding in findings] == []
        return
    assert findings
    missed = [place for place in case.get("at", ()) if not any(is_at(finding, place) for finding in findings)]
    assert missed == [], [finding.place for finding in findings]


def test_every_rule_has_odd_and_innocent_spellings() -> None:
    counts = Counter((case.values[0], case.values[1]["fires"]) for case in cases())
    assert {name for name, _ in counts} <= set(identifiers())
    thin = [name for name in identifiers() if counts[name, True] < 3 or counts[name, False] < 2]
    assert thin == []
