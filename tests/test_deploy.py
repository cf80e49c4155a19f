"""The files of ``deploy/``: linted by the tools of their kind, and their commands run."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.manifest import EVENTS, PERMISSIONS
from tests.documents import DOCUMENTS

BIN = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_generated_document_is_current(name: str, root: Path) -> None:
    assert (root / name).read_text("utf-8") == DOCUMENTS[name](), f"{name}: run `poe docs-write`"


def test_manifest_asks_for_what_the_table_explains(root: Path) -> None:
    manifest = json.loads((root / "deploy/app-manifest.json").read_text("utf-8"))
    assert manifest["default_permissions"] == {name: level for name, (level, _) in PERMISSIONS.items()}
    assert manifest["default_events"] == list(EVENTS)


def test_dockerfile_is_clean(root: Path) -> None:
    result = run(BIN / "hadolint", "deploy/Dockerfile", cwd=root)
    assert result.returncode == 0, result.stdout


def test_dockerfile_runs_as_an_ordinary_user(root: Path) -> None:
    last_stage = (root / "deploy/Dockerfile").read_text("utf-8").split("\nFROM ")[-1]
    user = re.search(r"^USER (\d+)$", last_stage, re.MULTILINE)
    assert user is not None
    assert int(user.group(1)) > 0


def test_compose_file_fits_its_schema(root: Path) -> None:
    schema = "vendor.compose-spec"
    result = run(BIN / "check-jsonschema", "--builtin-schema", schema, "deploy/compose.yaml", cwd=root)
    assert result.returncode == 0, result.stdout


def test_systemd_unit_is_valid(root: Path, tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not on this machine")
    unit = (root / "deploy/referee.service").read_text("utf-8")
    (tmp_path / "referee.service").write_text(unit.replace("/opt/referee/.venv/bin/referee", sys.executable))
    result = run("systemd-analyze", "verify", tmp_path / "referee.service", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_image_build_commands_make_a_working_installation(root: Path, tmp_path: Path) -> None:
    dockerfile = (root / "deploy/Dockerfile").read_text("utf-8")
    assert "RUN uv sync --locked --no-dev --no-editable" in dockerfile
    for sources, target in re.findall(r"^COPY (?!--)(.+) (\S+)$", dockerfile, re.MULTILINE):
        for source in sources.split():
            place = tmp_path / target / (source if target == "./" else "")
            if (root / source).is_dir():
                shutil.copytree(root / source, place, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                shutil.copy(root / source, place)
    sync = run(BIN / "uv", "sync", "--locked", "--no-dev", "--no-editable", "--python", sys.executable, cwd=tmp_path)
    assert sync.returncode == 0, sync.stderr
    shutil.rmtree(tmp_path / "bot")
    shutil.rmtree(tmp_path / "checks")
    listing = run(tmp_path / ".venv/bin/referee", "rules", cwd=tmp_path)
    assert "file-structure/missing-file" in listing.stdout, listing.stderr
