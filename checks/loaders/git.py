"""One revision of a local git repository as a source tree, read from the object store.

The repository may be hostile: its configuration can name programs. So only commands that read objects are used,
configuration that starts programs is overridden, no network protocol is allowed (a partial clone would fetch), and the
environment is ours.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Timer
from typing import IO

from checks.loaders.intake import Intake
from checks.loaders.names import shown
from checks.tree import DEFAULT_LIMITS, Limits, SourceTree, TreeError, WhyUnread

_SECONDS = 120
_OVERRIDDEN = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "protocol.allow=never", "safe.directory=*")
_OPTIONS = ("--no-pager", *(part for setting in _OVERRIDDEN for part in ("-c", setting)))
_ENVIRONMENT = {
    "LC_ALL": "C",
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_KINDS = {
    "120000": (WhyUnread.LINK, "a symbolic link"),
    "160000": (WhyUnread.SPECIAL, "a submodule, whose files are another repository's"),
}


def from_revision(repository: Path, revision: str, limits: Limits = DEFAULT_LIMITS) -> SourceTree:
    """Read the tree of a commit; of a repository's subdirectory, the part of it that lies there.

    Args:
        repository: a working tree, a bare repository or a directory in one.
        revision: anything that git resolves to a commit.
        limits: the caps.

    Raises:
        TreeError: git is not installed, this is no repository, or the revision names no commit.
    """
    if not revision or revision.startswith("-"):
        raise TreeError(f"{revision!r} is not a revision; name a commit, a branch or a tag after the @")
    commit = _resolve(repository, revision)
    intake = Intake(limits, f"{repository}@{revision}")
    with _git(repository, "cat-file", "--batch") as objects:
        for mode, identifier, size, path in _entries(repository, commit):
            intake.count(path)
            if mode in _KINDS:
                intake.leave(path, *_KINDS[mode])
            elif not size.isdigit():
                intake.leave(path, WhyUnread.UNREADABLE, "its object is not in the repository")
            else:
                intake.file(path, int(size), partial(_content, objects, identifier))
    return intake.tree(commit)


def _resolve(repository: Path, revision: str) -> str:
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    with _git(repository, *arguments) as process:
        output, errors = process.communicate()
    commit = output.decode("ascii", "replace").strip()
    if process.returncode == 0 and commit:
        return commit
    said = errors.decode("utf-8", "replace").strip().partition("\n")[0]
    reason = said.removeprefix("fatal: ") or "no commit, branch or tag of that name is there"
    raise TreeError(f"{shown(str(repository))} has no revision {revision!r}: {shown(reason)}")


def _entries(repository: Path, commit: str) -> Iterator[tuple[str, str, str, str]]:
    with _git(repository, "ls-tree", "-r", "-z", "-l", commit, "--") as process:
        for record in _records(_pipe(process.stdout)):
            fields, _, path = record.partition(b"\t")
            mode, _, identifier, size = fields.decode("ascii").split()
            yield mode, identifier, size, path.decode("utf-8", "surrogateescape")
        if process.wait() != 0:
            raise TreeError(f"git could not list {commit} of {shown(str(repository))}: the repository is damaged")


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while piece := stream.read(64 * 1024):
        *whole, rest = (rest + piece).split(b"\0")
        yield from whole


def _content(process: subprocess.Popen[bytes], identifier: str) -> bytes:
    questions, answers = _pipe(process.stdin), _pipe(process.stdout)
    questions.write(identifier.encode() + b"\n")
    questions.flush()
    header = answers.readline().split()
    if len(header) != 3:
        raise OSError(0, "its object is not in the repository")
    data = answers.read(int(header[2]) + 1)
    return data[:-1]


@contextmanager
def _git(repository: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A git process with pipes, ended on leaving and after two minutes at the latest."""
    program = shutil.which("git")
    if program is None:
        raise TreeError("git is not installed, which PATH@REV needs; install it, or check the revision out and name it")
    process = subprocess.Popen(  # noqa: S603 - no shell, fixed options, and no revision begins with a dash
        [program, *_OPTIONS, *arguments],
        cwd=repository,
        env=_ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if arguments[0] == "rev-parse" else subprocess.DEVNULL,
    )
    watchdog = Timer(_SECONDS, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TreeError("git was started without its pipes")
    return pipe
