"""Inline comments stand on lines that the diff shows, to the letter: patches made by git, and patches that are odd."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.placement import commentable, hunks, place
from bot.core.published import ChangedFile

PATCHES = {
    "new file": ("@@ -0,0 +1,2 @@\n+a\n+b", [[1, 2]]),
    "new file of one line": ("@@ -0,0 +1 @@\n+a", [[1, 1]]),
    "deleted file": ("@@ -1,2 +0,0 @@\n-a\n-b", []),
    "two hunks": ("@@ -1,2 +1,3 @@ def f():\n a\n+b\n c\n@@ -20,2 +21,1 @@\n x\n-y", [[1, 3], [21, 21]]),
    "no final newline": (
        "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file",
        [[1, 2]],
    ),
    "carriage returns": ("@@ -1,2 +1,3 @@\n a\r\n+b\r\n c\r", [[1, 3]]),
    "carriage return inside a line": ("@@ -1 +1,2 @@\n a\rb\rc\n+d\x0ce\u2028f", [[1, 2]]),
    "lines that look like headers": ("@@ -1,2 +1,2 @@\n--- a/x\n+++ b/x\n @@ -1 +1 @@", [[1, 2]]),
    "line that looks like a file header": ("@@ -1,3 +1,3 @@\n diff --git a/x b/x\n-old\n+new\n ", [[1, 3]]),
    "only deletions": ("@@ -3,3 +3,2 @@\n a\n-b\n c", [[3, 4]]),
    "not a patch": ("Binary files differ", []),
    "cut off": ("@@ -1,9 +1,9 @@\n a", []),
    "too long": ("@@ -1,1 +1,1 @@\n a\n b\n c", [[1, 1]]),
    "empty": ("", []),
}


@pytest.mark.parametrize(("patch", "expected"), PATCHES.values(), ids=PATCHES)
def test_hunks_of_a_patch(patch: str, expected: list[list[int]]) -> None:
    assert hunks(patch) == expected


@given(st.text(alphabet="@-+ ,0129\n\\ab\r"))
def test_no_text_is_too_odd_to_read(text: str) -> None:
    for first, last in hunks(text):
        assert 0 <= first <= last


def test_files_without_a_readable_patch_take_no_comment() -> None:
    patch = "@@ -0,0 +1,2 @@\n+a\n+b"
    files = [
        ChangedFile("new.py", "added", patch),
        ChangedFile("big.py", "modified", None),
        ChangedFile("moved.py", "renamed", None),
        ChangedFile("gone.py", "removed", "@@ -1,2 +0,0 @@\n-a\n-b"),
        ChangedFile("odd.py", "modified", "?"),
    ]
    assert commentable(files) == {"new.py": [[1, 2]]}


RANGES = {"a.py": [[10, 20], [30, 30]]}


@pytest.mark.parametrize(
    ("path", "line", "end", "expected"),
    [
        ("a.py", 12, None, (12, 12)),
        ("a.py", 12, 14, (12, 14)),
        ("a.py", 10, 20, (10, 20)),
        ("a.py", 5, 12, (10, 12)),
        ("a.py", 18, 99, (18, 20)),
        ("a.py", 1, 99, (10, 20)),
        ("a.py", 30, 30, (30, 30)),
        ("a.py", 25, 29, None),
        ("a.py", 9, None, None),
        ("a.py", 21, 20, None),
        ("a.py", None, None, None),
        ("b.py", 12, None, None),
        (None, None, None, None),
    ],
)
def test_place_of_a_finding(
    path: str | None, line: int | None, end: int | None, expected: tuple[int, int] | None
) -> None:
    assert place(RANGES, path, line, end) == expected


lines = st.lists(
    st.sampled_from(["a", "b", "", " ", "+", "-x", "@@ -1 +1 @@", "\\ No newline", "c\r", "d\x0c"]), max_size=30
)


@settings(max_examples=30, deadline=None)
@given(lines, lines, st.booleans())
def test_gits_own_patches_are_read_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str], final: bool
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    for name, content in (("old", old), ("new", new)):
        (folder / name).write_bytes(("\n".join(content) + "\n" * final).encode())
    command = ["git", "diff", "--no-index", "--text", "--", "old", "new"]
    text = subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout.decode()
    patch = text[text.index("\n@@ ") + 1 :].removesuffix("\n") if "\n@@ " in text else ""
    target = (folder / "new").read_bytes().decode().removesuffix("\n").split("\n")
    for first, last in hunks(patch):
        assert 1 <= first <= last <= len(target)
    added = sum(line.startswith("+") for line in patch.split("\n"))
    assert sum(last - first + 1 for first, last in hunks(patch)) >= added
