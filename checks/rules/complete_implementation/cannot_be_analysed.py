"""``complete-implementation/cannot-be-analysed``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.layout import is_furniture, matters
from checks.finding import Fix
from checks.profiles import Profile
from checks.rule import Hit, Invalid, Rule, Valid
from checks.tree import Unread, WhyUnread

ALWAYS = frozenset({WhyUnread.KILLED_THE_ANALYSIS})
"""Reasons that block wherever the path lies."""


class CannotBeAnalysed(Rule):
    """A file that matters was not read, so nothing is known of it.

    What it finds
        A file that the experiment owns and that is too large, a link, a submodule, a device, under a name that leaves
        the tree, not readable, or whose analysis did not survive; also a link or submodule in place of `src` or
        `config`.

    Why it matters
        What was not looked at may hold any fault. A pass without evidence would be worth nothing.

    How to fix
        Replace a link by the file it points to, split or shrink a large file, simplify code that is nested thousands
        of levels deep.

    What it cannot see
        The file. Files of a kind that no rung reads, such as images or data, do not count.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "complete-implementation", "base": "complete-core-logic"}
    valid = (
        Valid("all read", {"src/train.py": "x = 1\n", "pyproject.toml": ""}),
        Valid("does not parse and was read", {"src/train.py": "x = (\n"}),
        Valid("picture", {"src/plot.png": Unread(WhyUnread.NOT_TEXT, "this kind of file is not read")}),
        Valid("large data file", {"data/train.json": Unread(WhyUnread.TOO_LARGE, "17.0 MB")}),
        Valid("link among the documents", {"docs/index.md": Unread(WhyUnread.LINK, "a link to ../README.md")}),
        Valid("link to a read-me", {"README.md": Unread(WhyUnread.LINK, "a link to docs/index.md")}),
    )
    invalid = (
        Invalid("large module", {"src/train.py": Unread(WhyUnread.TOO_LARGE, "17.0 MB")}, ("src/train.py",)),
        Invalid("linked folder", {"src": Unread(WhyUnread.LINK, "a link to ../code")}, ("src",)),
        Invalid("submodule", {"config": Unread(WhyUnread.SPECIAL, "a submodule")}, ("config",)),
        Invalid("linked configuration", {"config/a.yaml": Unread(WhyUnread.LINK, "a link")}, ("config/a.yaml",)),
        Invalid("project file", {"pyproject.toml": Unread(WhyUnread.UNREADABLE, "denied")}, ("pyproject.toml",)),
        Invalid("Python elsewhere", {"lib/x.py": Unread(WhyUnread.TREE_TOO_LARGE, "full")}, ("lib/x.py",)),
        Invalid("killed", {"notes/a.yaml": Unread(WhyUnread.KILLED_THE_ANALYSIS, "SIGSEGV")}, ("notes/a.yaml",)),
        Invalid("locked folder", {"sub": Unread(WhyUnread.UNLISTED, "Permission denied")}, ("sub",)),
        Invalid("outside", {"../src/train.py": Unread(WhyUnread.UNSAFE_PATH, "")}, ("../src/train.py",)),
        Invalid("roundabout", {"x/../src/a.py": Unread(WhyUnread.UNSAFE_PATH, "")}, ("x/../src/a.py",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each path."""
        for path, unread in context.tree.unread.items():
            if _counts(path, unread.why, context.profile):
                yield Hit(
                    message=f"`{path}` was not read, so it could not be judged: {unread.detail or unread.why.value}.",
                    path=path,
                    fix=Fix(summary=_MENDS.get(unread.why, "Make it a plain file that can be read.")),
                    identity=f"{path} {unread.why}",
                )


def _counts(path: str, why: WhyUnread, profile: Profile) -> bool:
    if why is WhyUnread.UNLISTED:
        return not is_furniture(path)
    return why in ALWAYS or (why is not WhyUnread.NOT_TEXT and matters(path, profile))


_MENDS: Mapping[WhyUnread, str] = {
    WhyUnread.TOO_LARGE: "Shrink or split the file; generated data does not belong in the repository.",
    WhyUnread.TREE_TOO_LARGE: "Remove large generated files from the repository.",
    WhyUnread.LINK: "Replace the link by what it points to.",
    WhyUnread.UNSAFE_PATH: "Give it a plain relative name.",
    WhyUnread.UNLISTED: "Let whoever reviews list the folder, or remove it.",
    WhyUnread.KILLED_THE_ANALYSIS: "Simplify the file; it is nested or repeated far beyond what code needs.",
}
