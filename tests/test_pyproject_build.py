"""The rules about building, held against a real build by uv with its own backend, which needs no network."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.rules.complete_implementation.pyproject_not_buildable import PyprojectNotBuildable
from checks.rules.complete_implementation.pyproject_rejected import PyprojectRejected
from checks.rules.complete_implementation.readme_missing import ReadmeMissing
from checks.tree import SourceTree

UV = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
PROJECT = '[project]\nname = "my-demo"\nversion = "1"\nrequires-python = ">=3.9"\n'
BUILD = f'[build-system]\nrequires = ["uv_build=={version("uv")}"]\nbuild-backend = "uv_build"\n'
MODULE = {"src/my_demo/__init__.py": ""}

CASES = {
    "built": (PROJECT + BUILD, MODULE),
    "nothing to ship": (PROJECT + BUILD, {"src/train.py": ""}),
    "not a package": (PROJECT + BUILD + "[tool.uv]\npackage = false\n", {"src/train.py": ""}),
    "no build system": (PROJECT + 'readme = "README.md"\nauthors = ["A"]\n', {"src/train.py": ""}),
    "readme absent": (PROJECT + 'readme = "README.md"\n' + BUILD, MODULE),
    "readme present": (PROJECT + 'readme = "README.md"\n' + BUILD, {**MODULE, "README.md": "# a\n"}),
    "licence file absent": (PROJECT + 'license = {file = "LICENSE"}\n' + BUILD, MODULE),
    "author as text": (PROJECT + 'authors = ["A"]\n' + BUILD, MODULE),
    "scripts as an array": (PROJECT + 'scripts = ["a"]\n' + BUILD, MODULE),
    "slip that the backend minds": (
        PROJECT + "dependencies = [\"x>=1.* ; python_version < '3'\"]\n" + BUILD,
        MODULE,
    ),
    "backend not required": (PROJECT + '[build-system]\nrequires = []\nbuild-backend = "uv_build"\n', MODULE),
}


def uv_syncs(files: dict[str, str], folder: Path) -> bool:
    project = folder / "project"
    for path, text in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "UV_CACHE_DIR": str(folder / "cache"),
        "UV_PYTHON": str(Path(sys.executable).resolve()),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    assert UV is not None
    command = [UV, "sync", "--offline"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(UV is None, reason="the uv program is not installed (it is in the dev dependency group)")
@pytest.mark.parametrize(("pyproject", "others"), CASES.values(), ids=CASES)
def test_blocks_what_uv_cannot_build_and_nothing_else(pyproject: str, others: dict[str, str], tmp_path: Path) -> None:
    files = {"pyproject.toml": pyproject, **others}
    context = Context(SourceTree.of(files), PROFILES["experiment"])
    rules = (PyprojectRejected(), PyprojectNotBuildable(), ReadmeMissing())
    blocked = any(finding.blocks for rule in rules for finding in rule.findings(context))
    assert blocked != uv_syncs(files, tmp_path)


@pytest.mark.parametrize(
    "table",
    [
        "build-system = 1\n",
        '[build-system]\nrequires = [1]\nbuild-backend = ["x"]\n',
        '[build-system]\nrequires = ["' + "(" * 20_000 + '"]\nbuild-backend = "' + "x" * 20_000 + '"\n',
        '[project]\nname = "[*]"\nlicense = "' + "(" * 20_000 + '"\n[build-system]\nrequires = []\n',
        "[project]\nname = 1\nauthors = 1\nlicense = []\nurls = 1\n[build-system]\n[tool.hatch]\nbuild = 1\n",
    ],
)
def test_no_shape_can_crash_it(table: str) -> None:
    context = Context(SourceTree.of({"pyproject.toml": table}), PROFILES["experiment"])
    assert all(finding.path for finding in PyprojectNotBuildable().findings(context))
