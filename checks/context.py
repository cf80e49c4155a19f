"""What a rule is given: the tree, the profile, the research text, and facts gathered once per tree."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from checks.finding import Evidence
from checks.profiles import Profile
from checks.tree import SourceTree

Fact = TypeVar("Fact")

MOST_KEPT = 4
"""Files whose lines are kept split; a rule quotes one file after another."""


class Context:
    """One review's material, with a memory for facts.

    Args:
        tree: the files under review.
        profile: what is asked of them.
        research: the research context's text, or None where there is none.
        announce: called with a path before it is worked on and with None after, so that whoever watches the process
            knows which file was under work when it died.
    """

    def __init__(
        self,
        tree: SourceTree,
        profile: Profile,
        research: str | None = None,
        announce: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self.tree = tree
        self.profile = profile
        self.research = research
        self._announce = announce
        self._facts: dict[Callable[[Context], object], object] = {}
        self._lines: dict[str, list[str]] = {}

    def fact(self, gather: Callable[["Context"], Fact]) -> Fact:
        """The result of ``gather(self)``, worked out at most once. A gatherer must not change what it returns later."""
        if gather not in self._facts:
            self._facts[gather] = gather(self)
        return self._facts[gather]  # type: ignore[return-value]

    @contextmanager
    def reading(self, path: str) -> Iterator[None]:
        """Hold this around any work on one file's content whose cost the file's author controls."""
        self._announce(path)
        yield
        self._announce(None)

    def text(self, path: str) -> str:
        """A file's text for quoting: undecodable bytes become U+FFFD. Empty for a path without content."""
        return self.tree.files.get(path, b"").decode("utf-8", "replace")

    def lines(self, path: str) -> list[str]:
        """The file's lines without their ends, as its parser counts them: a lone ``\\r`` ends one in Python alone."""
        if path not in self._lines:
            text = self.text(path)
            if path.endswith(".py"):
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            if len(self._lines) >= MOST_KEPT:
                self._lines.clear()
            self._lines[path] = [line.removesuffix("\r") for line in text.split("\n")]
        return self._lines[path]

    def quote(self, path: str, line: int, end_line: int | None = None, most: int = 6) -> Evidence:
        """Lines ``line`` to ``end_line`` as evidence: at most ``most`` of them, at most 300 characters of each."""
        lines = self.lines(path)
        last = min(end_line or line, line + most - 1, len(lines))
        return Evidence(path=path, line=line, text="\n".join(text[:300] for text in lines[line - 1 : last]))
