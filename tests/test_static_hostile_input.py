"""Trees made to hurt whoever reads them, judged by the real rules: always an answer, never an exception."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.loaders import load
from checks.profiles import PROFILES
from checks.review import review
from checks.rung import Material
from checks.static.rung import StaticRung
from checks.tree import SourceTree
from checks.verdict import RungResult, RungStatus

SKELETON: dict[str, str | bytes] = {
    "src/train.py": "x = 1\n",
    "src/main.py": "x = 1\n",
    "pyproject.toml": "[project]\nname = 'a'\nversion = '1'\n",
    "config/config.yaml": "a: 1\n",
}
NOT_PYTHON: dict[str, bytes] = {
    "nul": b"x = 1\0\n",
    "invalid-utf8": b"x = '\xff\xfe'\n",
    "odd-codec": b"# -*- coding: rot13 -*-\nk = 1\n",
    "no-such-codec": b"# coding: klingon\nx = 1\n",
    "codec-that-is-no-text": b"# coding: zlib_codec\nx = 1\n",
    "utf16": "x = 1\n".encode("utf-16"),
    "1500-parentheses": b"x = " + b"(" * 1500 + b"1" + b")" * 1500 + b"\n",
    "5000-brackets": b"[" * 5000 + b"]" * 5000,
    "indents": b"".join(b" " * depth + b"if x:\n" for depth in range(200)) + b" " * 200 + b"y\n",
    "unclosed": b"'''" + b"x" * 100_000,
}
PYTHON: dict[str, bytes] = {
    "8000-term-sum": b"x = " + b" + ".join([b"1"] * 8000) + b"\n",
    "400-calls-chained": b"x = y" + b".f()" * 400 + b"\n",
    "3000-nots": b"x = " + b"not " * 3000 + b"y\n",
    "500000-lines": b"x=1\n" * 500_000,
    "one-long-line": b"x = '" + b"a" * 1_900_000 + b"'\n",
    "elif-chain": b"if a: pass\n" + b"elif b: pass\n" * 3000,
    "crlf": b"x = 1\r\nif x:\r\n    y = 2\r\n",
    "empty": b"",
    "no-final-newline": b"x = 1",
    "form-feed": b"\x0cx = 1\n",
    "bom": b"\xef\xbb\xbfx = 1\n",
    "bidi": "access = 'user\u202e \u2066# admin\u2069 \u2066'\n".encode(),
    "homoglyph": "p\u0430ypal = 1\nprint(paypal)\n".encode(),
    "surrogate-escape": b"x = '\\ud800'\nimport importlib\nimportlib.import_module('\\udfff')\n",
    "latin-1": b"# coding: latin-1\nx = '\xe9'\n",
}


def judged(files: dict[str, str | bytes]) -> RungResult:
    """What the static rung answers; every rule must have come to an end of its own."""
    told = SourceTree.of(SKELETON | files)
    result = StaticRung().run(Material(told, PROFILES["experiment"]))
    assert result.model_dump_json().encode("utf-8")
    assert result.report.status is RungStatus.ANSWERED
    assert [reason for reason in result.undecided.values() if "rule " in reason] == []
    return result


def blocked(result: RungResult) -> set[str | None]:
    return {finding.path for finding in result.findings if finding.blocks}


@pytest.mark.parametrize("content", NOT_PYTHON.values(), ids=NOT_PYTHON)
def test_a_file_that_is_not_python_blocks(content: bytes) -> None:
    assert "src/model.py" in blocked(judged({"src/model.py": content}))


@pytest.mark.parametrize("content", PYTHON.values(), ids=PYTHON)
def test_odd_python_is_judged_by_every_rule(content: bytes) -> None:
    assert judged({"src/model.py": content}).report.status is RungStatus.ANSWERED


def yaml_bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines) + "\n"


CONFIGURATION: dict[str, dict[str, str | bytes]] = {
    "yaml-alias-bomb": {"config/config.yaml": yaml_bomb()},
    "yaml-merge-bomb": {
        "config/config.yaml": "a0: &a0 {x: 1}\n"
        + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], k{n}: 1}}\n" for n in range(1, 12))
    },
    "yaml-50000-brackets": {"config/config.yaml": "a: " + "[" * 50_000 + "]" * 50_000},
    "yaml-tag": {"config/config.yaml": "a: !!python/object/apply:os.system ['touch canary']\n"},
    "yaml-invalid-utf8": {"config/config.yaml": b"a: \xff\n"},
    "toml-long-key": {"pyproject.toml": ".".join(["a"] * 20_000) + " = 1\n"},
    "toml-no-such-date": {"pyproject.toml": "[project]\nname = 'a'\nversion = 2020-13-45\n"},
    "toml-brackets": {"pyproject.toml": "a = " + "[" * 5000 + "]" * 5000},
}


@pytest.mark.parametrize("files", CONFIGURATION.values(), ids=CONFIGURATION)
def test_hostile_configuration_blocks(files: dict[str, str | bytes]) -> None:
    assert not blocked(judged(files)).isdisjoint(files)


ELSEWHERE: dict[str, dict[str, str | bytes]] = {
    "json-brackets": {"src/notes.json": "[" * 100_000, ".research/research_history.json": "[" * 100_000},
    "file-and-folder-of-one-name": {"config": "a: 1\n", "config/runs": "b: 1\n", "config/runs/a.yaml": "c: 1\n"},
    "markdown": {"README.md": b"\xff\0" + b"[" * 100_000},
}


@pytest.mark.parametrize("files", ELSEWHERE.values(), ids=ELSEWHERE)
def test_other_hostile_files_are_judged_by_every_rule(files: dict[str, str | bytes]) -> None:
    assert judged(files).report.status is RungStatus.ANSWERED


TRAPS = (
    "sitecustomize.py",
    "usercustomize.py",
    "ast.py",
    "json.py",
    "conftest.py",
    "libcst.py",
    "checks.py",
    "yaml.py",
)


def test_nothing_of_the_tree_is_ever_imported(tmp_path: Path) -> None:
    tree, canary = tmp_path / "tree", tmp_path / "canary"
    spring = f"open({str(canary)!r}, 'a').write(__file__)\n"
    for path, text in (SKELETON | dict.fromkeys(TRAPS, spring)).items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    for package in ("checks", "src"):
        (tree / package).mkdir(exist_ok=True)
        (tree / package / "__init__.py").write_text(spring)
    (tree / "trap.pth").write_text(f"import sys; {spring}")
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONSTARTUP": str(tree / "ast.py")}
    code = "from checks.loaders import load; from checks.review import review; print(review(load('.')).profile)"
    arguments = [sys.executable, "-I", "-c", code]
    done = subprocess.run(arguments, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "experiment"
    assert not canary.exists()
    subprocess.run([sys.executable, "-c", ""], cwd=tree, env=environment, capture_output=True, check=False)
    assert canary.exists(), "the trap itself does not work, so this test would prove nothing"


def test_names_that_are_not_plain_text_come_out_as_valid_json(tmp_path: Path) -> None:
    for path, text in SKELETON.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    for name in (b"caf\xe9.py", b"line\nend.py", b"\x1b]0;title\x07.py"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/src/" + name)).write_bytes(b"x = 1\n")
    document = review(load(str(tmp_path))).model_dump_json().encode("utf-8")
    assert b"\x1b" not in document
