"""Object names as git computes them, so that a SHA here is the SHA that git gives the same content.

Source: the object format of git (``git help gittutorial-2``, ``Documentation/gitformat-pack``): SHA-1 over
``<kind> <size>\\0<content>``.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime


def object_id(kind: str, content: bytes) -> str:
    """The 40 hex digits that git names an object by."""
    header = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def blob_id(content: bytes) -> str:
    """The name of one file's content."""
    return object_id("blob", content)


def tree_id(files: Mapping[str, bytes]) -> str:
    """The name of a directory that holds these files (POSIX paths, all plain and not executable)."""
    here: dict[str, bytes] = {}
    below: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        top, slash, rest = path.partition("/")
        if slash:
            below.setdefault(top, {})[rest] = content
        else:
            here[top] = content
    entries = [(name, "100644", blob_id(content)) for name, content in here.items()]
    entries += [(f"{name}/", "40000", tree_id(inner)) for name, inner in below.items()]
    content = b"".join(
        f"{mode} {name.rstrip('/')}\0".encode() + bytes.fromhex(sha)
        for name, mode, sha in sorted(entries, key=lambda entry: entry[0].encode())
    )
    return object_id("tree", content)


def commit_id(tree: str, parents: tuple[str, ...], author: str, when: datetime, message: str) -> str:
    """The name of a commit whose author and committer are one person.

    Args:
        tree: name of its tree.
        parents: names of its parents, in order.
        author: ``Name <address>``.
        when: its time; only whole seconds count, written as UTC.
        message: its message, without the final newline.
    """
    who = f"{author} {int(when.timestamp())} +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
    return object_id("commit", ("\n".join(lines) + f"\n\n{message}\n").encode())
