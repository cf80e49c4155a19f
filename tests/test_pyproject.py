"""What is said about ``pyproject.toml``: the words, the lines, and the mends that can be applied as they stand."""

import pytest

from checks.context import Context
from checks.facts.pyproject import PATH
from checks.facts.requirements import from_poetry, proper
from checks.finding import Finding
from checks.profiles import PROFILES
from checks.rules.complete_implementation.pyproject_rejected import PyprojectRejected
from checks.tree import SourceTree

HEAD = '[project]\nname = "demo"\nversion = "0.1"\n'


def findings(text: str | bytes) -> list[Finding]:
    return PyprojectRejected().findings(Context(SourceTree.of({PATH: text}), PROFILES["experiment"]))


def mended(text: str) -> str:
    """The text with the one finding's replacement put in its place."""
    (finding,) = findings(text)
    assert finding.fix is not None
    assert finding.fix.replacement is not None
    assert finding.line is not None
    assert finding.end_line is not None
    lines = text.split("\n")
    lines[finding.line - 1 : finding.end_line] = finding.fix.replacement.split("\n")
    return "\n".join(lines)


def test_a_dependency_table_is_mended_to_an_array() -> None:
    text = (
        HEAD
        + '\n[project.dependencies]\npython = "^3.10"\ntorch = "^2.1"\nnumpy = "*"\nx-y = ">=1,<2"\n\n[tool.a]\nb = 1\n'
    )
    assert mended(text) == (
        HEAD + '\ndependencies = [\n  "torch>=2.1,<3",\n  "numpy",\n  "x-y>=1,<2",\n]\n\n[tool.a]\nb = 1\n'
    )
    assert findings(mended(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        HEAD + '[project.urls]\na = "b"\n[project.dependencies]\ntorch = "^2"\n',
        HEAD + '[project.dependencies]\ntorch = "^2 || ^3"\n',
        HEAD + '[project.dependencies]\ntorch = {version = "^2", extras = ["x"]}\n',
        '[project.dependencies]\ntorch = "^2"\n' + HEAD,
        HEAD + 'dependencies = ["torch latest"]\n',
    ],
)
def test_no_replacement_is_offered_where_the_meaning_is_not_certain(text: str) -> None:
    assert [finding.fix.replacement for finding in findings(text) if finding.fix] == [None]


def test_malformed_requirements_are_one_finding_and_mended_in_place() -> None:
    text = HEAD + 'dependencies = [\n  "a",\n  "torch^2.1",  # why\n  "ok>=1",\n  "b *", \'c=2\',\n]\n'
    (finding,) = findings(text)
    assert (finding.line, finding.end_line) == (6, 8)
    assert "torch^2.1" in finding.message
    assert "b *" in finding.message
    assert (
        mended(text) == HEAD + 'dependencies = [\n  "a",\n  "torch>=2.1,<3",  # why\n  "ok>=1",\n  "b", \'c==2\',\n]\n'
    )
    assert findings(mended(text)) == []


def test_every_distinct_fault_is_said_at_once() -> None:
    text = '[project]\nname = "a b"\nrequires-python = "^3.9"\n[project.dependencies]\nx = "^1"\n'
    text += '[dependency-groups]\ndev = ["y^1"]\n'
    assert [finding.line for finding in findings(text)] == [2, 3, 4, 7]


@pytest.mark.parametrize(
    ("constraint", "specifiers"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("^0.0", ">=0.0,<0.1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.2", "==1.2"),
        ("1.*", "==1.*"),
        ("=1.2", "==1.2"),
        ("*", ""),
        ("", ""),
        (">=1, <2", ">=1,<2"),
        ("^1 || ^2", None),
        ("^x", None),
        ("latest", None),
        ("^1.2-beta", None),
    ],
)
def test_poetry_constraints_keep_their_meaning(constraint: str, specifiers: str | None) -> None:
    assert from_poetry(constraint) == specifiers


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("torch^2", "torch>=2,<3"),
        ("torch[a] ^2 ; python_version < '3.12'", "torch[a]>=2,<3 ; python_version < '3.12'"),
        ("torch (^2)", "torch>=2,<3"),
        ("./local", None),
        ("", None),
    ],
)
def test_a_malformed_requirement_is_written_properly_or_left(text: str, better: str | None) -> None:
    assert proper(text) == better


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"\0" * 10,
        b"a" + b".a" * 20_000 + b"=1",
        b"a=" + b"[" * 50_000,
        b"a=" + b"{a=" * 50_000,
        b"[" * 50_000,
        b"[project]\nname=1979-05-27\nversion=nan\ndependencies=[[],{}]\n[tool]\nuv=[1]\n[[dependency-groups]]\n",
        b"[project.optional-dependencies.a.b.c]\nd=1\n[tool.uv.sources.x.y]\nz=1\n[dependency-groups.a]\nb=1\n",
        b'[project]\nname="a"\nversion="1"\ndependencies=["' + b"(" * 50_000 + b'"]',
        b'[project]\nname="a"\nversion="1"\ndependencies=["x; ' + b"(" * 5_000 + b'"]',
        b'[project]\nname="a"\nversion="1"\ndependencies=["x>=' + b"1" * 5_000 + b'"]',
        b'[project]\nname="a"\nversion="' + b"1" * 5_000 + b'"',
        b'[project]\nname="a"\nversion="' + b"1." * 50_000 + b'1"\nrequires-python=">=' + b"1" * 5_000 + b'"\n',
    ],
)
def test_no_bytes_can_crash_it(data: bytes) -> None:
    assert all(finding.path == PATH for finding in findings(data))
