"""Runs the example repositories in a copy, offline, with an interpreter that has what they declare."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
STAND_IN = Path(__file__).resolve().parent / "stand_in"
VARIABLE = "REFEREE_EXAMPLE_PYTHON"
NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses every connection: port 9 is the discard service, which nothing serves."""


@dataclass(frozen=True)
class Copy:
    """A copy of an example that may be changed and run.

    Args:
        root: where it is.
        python: the interpreter to run it with.
    """

    root: Path
    python: str

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one file. Raises AssertionError where ``old`` is not in it."""
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))

    def run(
        self, module: str, *arguments: str, env: Mapping[str, str] | None = None, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m module`` from the copy's root, with no GPU and no network. Raises TimeoutExpired."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB", "PYTHON"))}
        offline = {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [self.python, "-m", module, *arguments],
            cwd=self.root,
            env={**kept, **offline, **(env or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def lay_out(name: str, into: Path, style: str | None = None) -> Path:
    """A fresh copy of an example; with a style, the files of ``<name>_styles/<style>`` laid over it."""
    ignored = shutil.ignore_patterns("__pycache__", ".cache")
    root = Path(shutil.copytree(EXAMPLES / name, into / name, ignore=ignored))
    if style:
        shutil.copytree(EXAMPLES / f"{name}_styles" / style, root, ignore=ignored, dirs_exist_ok=True)
    return root


def copy_of(name: str, into: Path, style: str | None = None) -> Copy:
    """The same, ready to run; skips the test where no interpreter is named."""
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} names no interpreter with tests/example_support/requirements.txt installed")
    return Copy(lay_out(name, into, style), python)
