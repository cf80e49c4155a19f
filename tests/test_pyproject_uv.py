"""The rule ``pyproject-rejected`` held against the real uv, text by text: it blocks exactly what uv refuses.

Each text is locked without a network. A requirement carries a marker that no Python satisfies, so uv reads it and looks
nothing up; where it cannot read one, it would ask a build backend for the metadata, and fails for want of one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.rules.complete_implementation.pyproject_rejected import PyprojectRejected
from checks.tree import SourceTree

UV = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
NEVER = " ; python_version < '3'"
NAMED = '[project]\nname = "demo"\n'
HEAD = NAMED + 'version = "0.1"\n'
PYTHON = HEAD + 'requires-python = ">=3.9"\n'
INDEX = '[[tool.uv.index]]\nname = "a"\nurl = "https://example.org/a"\n'


def dependency(text: str) -> str:
    return PYTHON + f'dependencies = ["{text}{NEVER}"]\n'


ACCEPTED = {
    "plain": PYTHON,
    "empty file": "",
    "no project": "[tool.x]\na = 1\n",
    "capital Project": "[Project]\nname = 1\n",
    "poetry only": "[tool.poetry.dependencies]\ntorch = '^2'\n",
    "byte order mark": "\ufeff" + PYTHON,
    "carriage returns": PYTHON.replace("\n", "\r\n"),
    "inline table over lines": PYTHON + "[tool.x]\na = {b = 1,\n c = 2,}\n",
    "inline project": 'project = {name = "demo", version = "1"}\n',
    "dotted project": 'project.name = "demo"\nproject.version = "1"\n',
    "subtable first": '[project.urls]\nx = "y"\n' + PYTHON,
    "misshapen licence, authors, readme": PYTHON + 'license = 1\nauthors = "me"\nreadme = 1\n',
    "unknown project key": PYTHON + "foo = 1\n",
    "unknown uv key": PYTHON + '[tool.uv]\ndependencies = ["torch^1"]\n',
    "version with a v": NAMED + 'version = "v1.0-alpha"\n',
    "name with dots": '[project]\nname = "a..b_-c"\nversion = "1"\n',
    "no upper bound on Python": HEAD + 'requires-python = "~=3.9"\n',
    "empty requires-python": HEAD + 'requires-python = ""\n',
    "group that includes another": PYTHON + '[dependency-groups]\ndev = [{include-group = "B_c"}]\nb-c = []\n',
    "groups by default": PYTHON + '[tool.uv]\ndefault-groups = "all"\n',
    "index used": dependency("torch") + '[tool.uv.sources]\ntorch = {index = "a"}\n' + INDEX,
    "sources by platform": dependency("torch")
    + "[tool.uv.sources]\ntorch = [{index = 'a', marker = \"sys_platform == 'linux'\"}]\n"
    + INDEX,
    "index of an unused source": PYTHON + '[tool.uv.sources]\ntorch = {index = "zz"}\n',
    "misshapen build-system": 'build-system = "x"\n' + PYTHON,
    "extra with a slip": PYTHON + f'[project.optional-dependencies]\na = ["x>=1.*{NEVER}"]\n',
    "scripts as an array": PYTHON + 'scripts = ["a"]\n',
    **{
        f"requirement {text}": dependency(text)
        for text in (
            "torch",
            "torch>=2.0",
            "torch (>=2.0)",
            "torch>=1 ,<2",
            "torch[a,b]>=1",
            "torch[]>=1",
            "torch==2.*",
            "torch==2.0+cu118",
            "torch>2.0-beta",
            "torch>=v2.0",
            "torch==1!2.0",
            "torch===2.0",
            "torch_geometric",
            "torch>=2.0,",
            "torch>=2.0.*",
            "torch<2.*",
            "torch >= '2.0'",
            "torch>=1.0<2.0",
            "torch!=~2.0",
            "torch!=2.0*",
        )
    },
}

REFUSED = {
    "dependency table": PYTHON + '[project.dependencies]\ntorch = ">=1"\n',
    "empty dependency table": PYTHON + "[project.dependencies]\n",
    "dependencies as text": PYTHON + 'dependencies = "torch"\n',
    "dependency that is a number": PYTHON + "dependencies = [1]\n",
    "no name": '[project]\nversion = "1"\n',
    "no version": NAMED,
    "number as version": NAMED + "version = 1.0\n",
    "caret version": NAMED + 'version = "^1.0"\n',
    "date as version": NAMED + 'version = "2024-01-01"\n',
    "empty version": NAMED + 'version = ""\n',
    "name with a space": '[project]\nname = "a b"\nversion = "1"\n',
    "template as name": '[project]\nname = "{name}"\nversion = "1"\n',
    "name that ends in a dash": '[project]\nname = "a-"\nversion = "1"\n',
    "dynamic as text": PYTHON + 'dynamic = "version"\n',
    "project as text": 'project = "x"\n',
    "project as array": '[[project]]\nname = "a"\nversion = "1"\n',
    "table twice": PYTHON + "[project]\n",
    "key twice": PYTHON + 'name = "b"\n',
    "syntax": PYTHON + "x = = 1\n",
    "Markdown fence": "```toml\n" + PYTHON + "```\n",
    "literal line breaks": PYTHON.replace("\n", "\\n"),
    "NUL": PYTHON + "\0",
    "bare word": PYTHON + "dependencies = [torch]\n",
    "missing comma": PYTHON + 'dependencies = ["a" "b"]\n',
    "impossible date": PYTHON + "[tool.x]\na = 2020-13-45\n",
    "huge integer": PYTHON + f"[tool.x]\na = {'9' * 5000}\n",
    "nested deeply": PYTHON + f"[tool.x]\na = {'[' * 500}{']' * 500}\n",
    "extras as an array": PYTHON + 'optional-dependencies = ["x"]\n',
    "extra as text": PYTHON + '[project.optional-dependencies]\ndev = "x"\n',
    "extra with a space": PYTHON + '[project.optional-dependencies]\n"d v" = []\n',
    "extra twice": PYTHON + "[project.optional-dependencies]\na_b = []\na-b = []\n",
    "caret in an extra": PYTHON + '[project.optional-dependencies]\ndev = ["x^1"]\n',
    "group as text": PYTHON + '[dependency-groups]\ndev = "x"\n',
    "group as table": PYTHON + '[dependency-groups.dev]\npytest = "^7"\n',
    "groups as number": "dependency-groups = 1\n" + PYTHON,
    "caret in a group": PYTHON + '[dependency-groups]\ndocs = ["x^1"]\n',
    "slip in a group": PYTHON + f'[dependency-groups]\ndev = ["x>=1.*{NEVER}"]\n',
    "group that includes nothing known": PYTHON + '[dependency-groups]\ndev = [{include-group = "zz"}]\n',
    "group that includes itself": PYTHON
    + '[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n',
    "group with an unknown object": PYTHON + '[dependency-groups]\ndev = [{foo = "x"}]\n',
    "group twice": PYTHON + "[dependency-groups]\ndev = []\nDev = []\n",
    "default group undefined": PYTHON + '[tool.uv]\ndefault-groups = ["zz"]\n',
    "caret in dev-dependencies": PYTHON + '[tool.uv]\ndev-dependencies = ["x^1"]\n',
    "dev-dependencies as table": PYTHON + '[tool.uv.dev-dependencies]\nx = "1"\n',
    "caret in an override": PYTHON + '[tool.uv]\noverride-dependencies = ["x^1"]\n',
    "package as text": PYTHON + '[tool.uv]\npackage = "yes"\n',
    "unmanaged": PYTHON + "[tool.uv]\nmanaged = false\n",
    "uv as text": 'tool.uv = "x"\n' + PYTHON,
    "unknown source field": PYTHON + '[tool.uv.sources]\ntorch = {version = "^1"}\n',
    "source as text": PYTHON + '[tool.uv.sources]\ntorch = "x"\n',
    "empty source": PYTHON + "[tool.uv.sources]\ntorch = {}\n",
    "no source": PYTHON + "[tool.uv.sources]\ntorch = []\n",
    "source of two kinds": PYTHON + '[tool.uv.sources]\ntorch = {index = "a", path = "x"}\n',
    "index not defined": dependency("torch") + '[tool.uv.sources]\ntorch = {index = "zz"}\n',
    "index without url": PYTHON + '[[tool.uv.index]]\nname = "x"\n',
    "index as table": PYTHON + '[tool.uv.index]\nname = "x"\nurl = "https://example.org"\n',
    "index twice": PYTHON + INDEX + INDEX,
    **{
        f"requires-python {text}": HEAD + f'requires-python = "{text}"\n'
        for text in ("^3.9", "3.9", "3.*", ">=3.x", ">=3.9.*", ">=3.9 <3.12", ">=3.9,", "~=3", ">=3.9,<3.8")
    },
    "requires-python as number": HEAD + "requires-python = 3.9\n",
    **{
        f"requirement {text}": dependency(text)
        for text in (
            "torch^2.0",
            "torch ^2",
            "torch *",
            "torch==*",
            "torch=2.0",
            "torch 2.0",
            "torch:2.0",
            "torch@2.0",
            "torch @ ./x",
            "torch==2.x",
            "torch==latest",
            "torch===latest",
            "torch==",
            "torch~=2",
            "torch>=2.0+cu118",
            "torch==2.0.0-cu118",
            "torch >=1 <2",
            "torch>=2.0 and <3",
            "torch=>2.0",
            "torch[cu118",
            "torch[a,]",
            "torch, numpy",
            "-torch",
            "git+https://example.org/x.git",
            "./local",
        )
    },
    "empty requirement": PYTHON + 'dependencies = [""]\n',
    "marker with one equals sign": PYTHON + "dependencies = [\"x ; python_version = '3'\"]\n",
    "marker that is not one": PYTHON + "dependencies = [\"x ; foo == 'a'\"]\n",
}


CASES = [
    *(pytest.param(text, True, id=f"accepted: {name}") for name, text in ACCEPTED.items()),
    *(pytest.param(text, False, id=f"refused: {name}") for name, text in REFUSED.items()),
]


def uv_accepts(text: str, folder: Path) -> bool:
    project = folder / "project"
    project.mkdir()
    (project / "pyproject.toml").write_bytes(text.encode())
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "UV_CACHE_DIR": str(folder / "cache"),
        "UV_PYTHON": str(Path(sys.executable).resolve()),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    assert UV is not None
    result = subprocess.run([UV, "lock", "--offline"], cwd=project, env=environment, capture_output=True, check=False)
    return result.returncode == 0


def blocks(text: str) -> bool:
    tree = SourceTree.of({"pyproject.toml": text})
    return any(finding.blocks for finding in PyprojectRejected().findings(Context(tree, PROFILES["base"])))


@pytest.mark.skipif(UV is None, reason="the uv program is not installed (it is in the dev dependency group)")
@pytest.mark.parametrize(("text", "accepted"), CASES)
def test_blocks_what_uv_refuses_and_nothing_else(text: str, accepted: bool, tmp_path: Path) -> None:
    assert uv_accepts(text, tmp_path) == accepted, "the table is wrong about uv"
    assert blocks(text) != accepted
