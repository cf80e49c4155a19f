"""Directories of this machine: what is read, what is skipped, what is recorded."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.loaders import from_directory, load
from checks.loaders.intake import SKIPPED_DIRECTORIES
from checks.loaders.names import shown
from checks.tree import Limits, TreeError, WhyUnread


def put(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_readable_files_are_read_and_the_others_known_by_path(tmp_path: Path) -> None:
    put(tmp_path, "src/train.py", "config/config.yaml", "empty.py")
    (tmp_path / "empty.py").write_bytes(b"")
    (tmp_path / "figure.png").write_bytes(b"\x89PNG")
    tree = load(str(tmp_path))
    assert dict(tree.files) == {"config/config.yaml": b"x = 1\n", "empty.py": b"", "src/train.py": b"x = 1\n"}
    assert {path: unread.why for path, unread in tree.unread.items()} == {"figure.png": WhyUnread.NOT_TEXT}
    assert tree.origin == str(tmp_path)
    assert tree.revision is None


def test_directories_that_tools_write_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "src/train.py", *(f"src/{name}/x.py" for name in SKIPPED_DIRECTORIES), ".research/notes.json")
    put(tmp_path, "venv/pyvenv.cfg", "venv/lib/x.py")
    put(tmp_path, "src/venv/pyvenv.cfg", "src/venv/x.py", "env/model.py")
    paths = list(load(str(tmp_path)).paths())
    assert paths == [".research/notes.json", "env/model.py", "src/train.py", "src/venv/pyvenv.cfg", "src/venv/x.py"]


def test_links_are_recorded_and_never_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    put(root, "src/train.py")
    put(outside, "secret.py", text="password")
    (root / "linked").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "secret.py").symlink_to(outside / "secret.py")
    (root / "nowhere.py").symlink_to("gone.py")
    tree = load(str(root))
    assert list(tree.files) == ["src/train.py"]
    assert {path: unread.why for path, unread in tree.unread.items()} == dict.fromkeys(
        ("linked", "loop", "nowhere.py", "secret.py"), WhyUnread.LINK
    )


def test_a_fifo_and_a_socket_do_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.py")
        tree = load(".")
    assert {path: unread.why for path, unread in tree.unread.items()} == dict.fromkeys(
        ("pipe.py", "socket.py"), WhyUnread.SPECIAL
    )


def test_names_that_are_not_plain_text_survive_as_escapes(tmp_path: Path) -> None:
    for name in (b"caf\xe9.py", b"line\nend.py", b"\x1b[31m.py", b"back\\slash.py", "\u202eyp.py".encode()):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_bytes(b"x")
    put(tmp_path, "モデル.py", "a b.py")
    tree = load(str(tmp_path))
    assert list(tree.files) == ["a b.py", "モデル.py"]
    assert sorted(tree.unread) == ["\\u202eyp.py", "\\x1b[31m.py", "back\\slash.py", "caf\\udce9.py", "line\\nend.py"]
    assert all(unread.why is WhyUnread.UNSAFE_PATH for unread in tree.unread.values())
    assert json.dumps(sorted(tree.unread), ensure_ascii=False).encode("utf-8")


def test_a_shown_name_is_stable_and_one_line() -> None:
    assert shown("src/train.py") == "src/train.py"
    assert shown("a\u2028b\r\x00\x85") == "a\\u2028b\\r\\x00\\x85"
    assert len(shown("é" * 10_000)) < 300


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A directory with parts that may not be read, and no root, who may read everything, while the test runs."""
    with tempfile.TemporaryDirectory() as place:
        root, user = Path(place), os.geteuid()
        put(root, "open.py", "closed.py", "closed/x.py", "listed/x.py")
        root.chmod(0o755)
        (root / "closed.py").chmod(0)
        (root / "closed").chmod(0)
        (root / "listed").chmod(0o444)
        if user == 0:
            os.seteuid(65534)
        yield root
        if user == 0:
            os.seteuid(user)
        for closed in ("closed", "listed"):
            (root / closed).chmod(0o700)


def test_what_may_not_be_read_is_recorded(forbidden: Path) -> None:
    tree = from_directory(forbidden)
    assert list(tree.files) == ["open.py"]
    assert {path: unread.why for path, unread in tree.unread.items()} == {
        "closed": WhyUnread.UNLISTED,
        "closed.py": WhyUnread.UNREADABLE,
        "listed/x.py": WhyUnread.UNREADABLE,
    }
    with pytest.raises(TreeError, match="Permission denied"):
        load(str(forbidden / "closed"))


def test_a_tree_deeper_than_any_path_may_be_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "train.py")
    monkeypatch.chdir(tmp_path)
    for _ in range(25):
        os.mkdir("d" * 200)  # noqa: PTH102
        os.chdir("d" * 200)
    tree = from_directory(tmp_path)
    assert list(tree.files) == ["train.py"]
    assert len(tree.unread) == 1


def test_limits(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "b.py", text="x" * 60)
    put(tmp_path, "c.py", text="x" * 101)
    tree = from_directory(tmp_path, Limits(file_bytes=100, total_bytes=100))
    assert list(tree.files) == ["a.py"]
    assert tree.unread["b.py"].why is WhyUnread.TREE_TOO_LARGE
    assert tree.unread["c.py"].why is WhyUnread.TOO_LARGE
    with pytest.raises(TreeError, match="more than 2 entries"):
        from_directory(tmp_path, Limits(entries=2))


def test_a_file_under_proc_that_says_it_is_empty_is_not_read_without_end() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    tree = from_directory(Path("/proc/self/net"), Limits(entries=200_000))
    assert sum(map(len, tree.files.values())) <= Limits().total_bytes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the empty name does not exist"),
        ("no/such/place", "does not exist"),
        ("no/such/place@main", "does not exist"),
        ("@main", "does not exist"),
        ("null\0byte", "null"),
        ("n" * 5000, "File name too long"),
        (os.devnull, "neither a directory nor"),
        ("line\nend\udce9", "line\\nend\\udce9 does not exist"),
    ],
)
def test_what_is_no_input_is_refused_in_one_clear_line(text: str, words: str) -> None:
    with pytest.raises(TreeError) as refused:
        load(text)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_plain_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "train.py")
    with pytest.raises(TreeError, match=r"not a \.tar\.gz archive; name a directory"):
        load(str(tmp_path / "train.py"))
