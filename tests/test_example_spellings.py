"""Code that means the same as the clean examples, written otherwise, is not blocked."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.context import Context
from checks.finding import Finding
from checks.loaders import load
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.tree import SourceTree
from tests.example_support import EXAMPLES

SPELLINGS = Path(__file__).parent / "example_support" / "spellings"

BYTES: dict[str, Callable[[str, bytes], bytes]] = {
    "carriage returns": lambda _, data: data.replace(b"\n", b"\r\n"),
    "no final newline": lambda _, data: data.rstrip(b"\n"),
    "byte order mark": lambda path, data: b"\xef\xbb\xbf" + data if path.endswith(".py") else data,
}


def spellings() -> list[Any]:
    return [
        pytest.param(profile, spelling, id=f"{profile}-{spelling['name']}".replace(" ", "-"))
        for profile in PROFILES
        for spelling in yaml.safe_load((SPELLINGS / f"{profile}.yaml").read_text())
    ]


def example(profile: str) -> dict[str, bytes]:
    return dict(load(str(EXAMPLES / profile)).files)


def findings(files: dict[str, bytes], profile: str) -> list[Finding]:
    context = Context(SourceTree.of(files), PROFILES[profile])
    return [finding for rule in rules_for(profile) for finding in rule.findings(context)]


@cache
def of_the_example(profile: str) -> frozenset[tuple[str, str]]:
    return frozenset((finding.rule, finding.message) for finding in findings(example(profile), profile))


def brought_in(files: dict[str, bytes], profile: str) -> list[tuple[str, str, str, bool]]:
    """What is found beyond the example as it stands, which has a test of its own."""
    return [
        (finding.rule, finding.place, finding.message, finding.blocks)
        for finding in findings(files, profile)
        if (finding.rule, finding.message) not in of_the_example(profile)
    ]


@pytest.mark.parametrize(("profile", "spelling"), spellings())
def test_equivalent_spelling_is_clean(profile: str, spelling: dict[str, Any]) -> None:
    files = example(profile)
    for edit in spelling.get("edits", ()):
        text = files[edit["path"]].decode()
        assert edit["old"] in text, "the edit no longer fits the example"
        files[edit["path"]] = text.replace(edit["old"], edit["new"]).encode()
    files |= {path: text.encode() for path, text in spelling.get("files", {}).items()}
    for path, data in files.items():
        if path.endswith(".py"):
            ast.parse(data)
    found = brought_in(files, profile)
    assert [finding for finding in found if finding[-1] or not spelling.get("unsure")] == []


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", BYTES)
def test_equivalent_bytes_are_clean(profile: str, name: str) -> None:
    files = {path: BYTES[name](path, data) for path, data in example(profile).items()}
    assert brought_in(files, profile) == []
