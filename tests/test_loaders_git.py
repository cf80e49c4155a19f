"""Revisions of local git repositories, hostile configuration included."""

import gzip
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from checks.loaders import load
from checks.tree import Limits, TreeError, WhyUnread

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(root: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "re@po"
    (root / "src").mkdir(parents=True)
    (root / "src/train.py").write_text("x = 1\n")
    (root / "figure.png").write_bytes(b"\x89PNG")
    (root / "link.py").symlink_to("/etc/passwd")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def test_a_revision_is_read_and_not_the_working_tree(repository: Path) -> None:
    (repository / "src/train.py").write_text("changed\n")
    (repository / "new.py").write_text("new\n")
    tree = load(f"{repository}@HEAD")
    assert dict(tree.files) == {"src/train.py": b"x = 1\n"}
    assert {path: unread.why for path, unread in tree.unread.items()} == {
        "figure.png": WhyUnread.NOT_TEXT,
        "link.py": WhyUnread.LINK,
    }
    assert tree.revision == git(repository, "rev-parse", "HEAD")


@pytest.mark.parametrize("spelling", ["main", "main@{0}", "v1", "HEAD~0", "HEAD^{commit}"])
def test_any_spelling_of_a_commit_resolves_to_its_full_sha(repository: Path, spelling: str) -> None:
    git(repository, "tag", "-am", "one", "v1")
    assert load(f"{repository}@{spelling}").revision == git(repository, "rev-parse", "HEAD")


def test_a_bare_repository_and_a_subdirectory(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    assert list(load(f"{tmp_path}/bare.git@main").files) == ["src/train.py"]
    assert list(load(f"{repository}/src@main").files) == ["train.py"]


def test_the_archive_of_a_revision_gives_the_same_tree(repository: Path, tmp_path: Path) -> None:
    packed = tmp_path / "snapshot.tar.gz"
    git(repository, "archive", "--prefix=octo-repo-0123456/", "-o", str(tmp_path / "snapshot.tar"), "HEAD")
    packed.write_bytes(gzip.compress((tmp_path / "snapshot.tar").read_bytes()))
    one, other = load(f"{repository}@HEAD"), load(str(packed))
    assert (one.files, one.revision) == (other.files, other.revision)
    assert {path: unread.why for path, unread in one.unread.items()} == {
        path: unread.why for path, unread in other.unread.items()
    }


def test_submodules_odd_names_and_missing_objects_are_recorded(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor")
    for name in ("line\nend.py", "caf\udce9.py", "gone.py"):
        (repository / name).write_text(name.encode("utf-8", "replace").decode())
    git(repository, "add", "--", "line\nend.py", "caf\udce9.py", "gone.py")
    git(repository, "commit", "-qm", "second")
    lost = git(repository, "rev-parse", "HEAD:gone.py")
    (repository / ".git/objects" / lost[:2] / lost[2:]).unlink()
    tree = load(f"{repository}@HEAD")
    assert list(tree.files) == ["src/train.py"]
    whys = {path: unread.why for path, unread in tree.unread.items()}
    assert whys["vendor"] is WhyUnread.SPECIAL
    assert whys["line\\nend.py"] is whys["caf\\udce9.py"] is WhyUnread.UNSAFE_PATH
    assert whys["gone.py"] is WhyUnread.UNREADABLE


def test_limits(repository: Path) -> None:
    assert load(f"{repository}@HEAD", Limits(file_bytes=2)).unread["src/train.py"].why is WhyUnread.TOO_LARGE
    with pytest.raises(TreeError, match="more than 2 entries"):
        load(f"{repository}@HEAD", Limits(entries=2))


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "-x",
        "--upload-pack=touch${IFS}canary",
        "nope",
        "HEAD:src",
        "HEAD^{tree}",
        "HEAD..HEAD~1",
        "$(touch canary)",
        ";touch canary;",
        "HEAD\ntouch canary",
        "HEAD\0x",
        "\udce9",
    ],
)
def test_what_is_no_commit_is_refused_in_one_clear_line(
    repository: Path, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    with pytest.raises(TreeError) as refused:
        load(f"{repository}@{revision}")
    assert str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (repository / "canary").exists()


def test_a_directory_outside_any_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match="not a git repository"):
        load(f"{tmp_path}@HEAD")


def test_no_program_of_the_repositorys_configuration_is_started(repository: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\n")
    program.chmod(0o755)
    (repository / ".gitattributes").write_text("* diff=evil filter=evil\n")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-qm", "attributes")
    for name in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "filter.evil.smudge", "core.pager"):
        git(repository, "config", name, str(program))
    git(repository, "config", "core.sshCommand", str(program))
    git(repository, "config", "core.hooksPath", str(tmp_path))
    git(repository, "config", "remote.origin.url", f"ext::{program}")
    git(repository, "config", "remote.origin.promisor", "true")
    git(repository, "config", "core.repositoryFormatVersion", "1")
    git(repository, "config", "extensions.partialClone", "origin")
    git(repository, "config", "protocol.ext.allow", "always")
    lost = git(repository, "rev-parse", "HEAD:src/train.py")
    (repository / ".git/objects" / lost[:2] / lost[2:]).unlink()
    tree = load(f"{repository}@HEAD")
    assert tree.unread["src/train.py"].why is WhyUnread.UNREADABLE
    assert not canary.exists()
    subprocess.run(["git", "cat-file", "-p", lost], cwd=repository, check=False, capture_output=True)
    assert canary.exists(), "the trap itself does not work, so this test would prove nothing"


def test_an_environment_that_points_elsewhere_is_not_followed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    assert "src/train.py" in load(f"{repository}@HEAD").files
