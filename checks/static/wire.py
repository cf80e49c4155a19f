"""What goes between the static rung and its child: a header line and raw contents in, one JSON line a message out.

No pickle: either side reads only what its models allow.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Literal

from checks.finding import Finding, Frozen
from checks.profiles import PROFILES, Profile
from checks.static.tidy import clipped
from checks.tree import SourceTree, Unread, WhyUnread


class Header(Frozen):
    """The line that precedes the contents.

    Args:
        profile: the profile's name.
        run_configs: the pattern of its run configurations.
        extra_files: patterns of files that may be there besides.
        research: the research context's text.
        registry: ``module:function`` that gives the rules of a profile.
        leave_out: identifiers of rules that are not to run.
        files: paths with the number of bytes that follow for each, in order.
        unread: paths without content, with the reason.
    """

    profile: str
    run_configs: str | None
    extra_files: tuple[str, ...]
    research: str | None
    registry: str
    leave_out: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    unread: tuple[tuple[str, WhyUnread, str], ...]


class Message(Frozen):
    """One line from the child.

    Args:
        kind: ``ready`` once everything is loaded; ``blind`` for a criterion whose code cannot be seen, with the reason;
            ``file`` when work on a file begins (``name`` is its path) or ends
            (no name); ``rule`` when a rule begins; ``done`` when it ended, with its findings; ``failed`` when it
            raised; ``end`` after the last.
        name: the path or the rule's identifier.
        criterion: the rule's criterion.
        error: what the rule raised.
        findings: what the rule found.
        undecided: why the rule could not tell; empty where it could.
        left_off: findings beyond those that are handed over.
    """

    kind: Literal["ready", "blind", "file", "rule", "done", "failed", "end"]
    name: str | None = None
    criterion: str = ""
    error: str = ""
    findings: tuple[Finding, ...] = ()
    undecided: str = ""
    left_off: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is asked.

    Args:
        tree: the files.
        profile: what is asked of them.
        research: the research context's text.
        registry: ``module:function`` that gives the rules of a profile.
        leave_out: identifiers of rules that are not to run.
    """

    tree: SourceTree
    profile: Profile
    research: str | None
    registry: str
    leave_out: tuple[str, ...] = ()

    def pieces(self) -> Iterator[bytes]:
        """The bytes to send, without a copy of any content."""
        header = {
            "profile": self.profile.name,
            "run_configs": self.profile.run_configs,
            "extra_files": self.profile.extra_files,
            "research": None if self.research is None else clipped(self.research, len(self.research)),
            "registry": self.registry,
            "leave_out": self.leave_out,
            "files": [(path, len(data)) for path, data in self.tree.files.items()],
            "unread": [(path, unread.why, unread.detail) for path, unread in self.tree.unread.items()],
        }
        yield json.dumps(header).encode() + b"\n"
        yield from self.tree.files.values()

    @classmethod
    def read(cls, stream: IO[bytes]) -> "Request":
        """The request that ``pieces`` wrote.

        Raises:
            EOFError: the stream ends too early.
            pydantic.ValidationError: the header is not one.
        """
        header = Header.model_validate_json(stream.readline())
        files = {path: _exactly(stream, size) for path, size in header.files}
        unread = {path: Unread(why, detail) for path, why, detail in header.unread}
        tree = SourceTree(files, unread)
        profile = replace(PROFILES[header.profile], run_configs=header.run_configs, extra_files=header.extra_files)
        return cls(tree, profile, header.research, header.registry, header.leave_out)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError(f"{size} bytes were announced and {len(data)} came")
    return data
