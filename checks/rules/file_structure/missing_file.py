"""``file-structure/missing-file``."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.finding import Fix
from checks.profiles import PROFILES
from checks.rule import Hit, Invalid, Rule, Valid
from checks.tree import SourceTree


def _all_but(profile: str, *absent: str) -> dict[str, str]:
    return {path: "" for path in PROFILES[profile].files if path not in absent}


class MissingFile(Rule):
    """A file that the profile's list names is not in the tree.

    What it finds
        Each listed file that is absent, one finding a file. Where a file of that name stands elsewhere, or under the
        same name in another spelling, the message says so.

    Why it matters
        The documented commands start these modules and read these configurations by these paths.

    How to fix
        Add the file, or move the one that holds its content to the listed path.

    What it cannot see
        Whether the content of another file was meant for it.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "file-structure", "base": "file-structure"}
    valid = (
        Valid("complete experiment", _all_but("experiment"), profile="experiment"),
        Valid("complete base code", _all_but("base"), profile="base"),
        Valid("run configurations come separately", _all_but("experiment"), profile="experiment"),
    )
    invalid = (
        Invalid("no model", _all_but("experiment", "src/model.py"), ("",), profile="experiment"),
        Invalid("two absent", _all_but("base", "src/model.py", "config/smoke_test.yaml"), ("", ""), profile="base"),
        Invalid(
            "another suffix",
            {**_all_but("experiment", "config/config.yaml"), "config/config.yml": ""},
            ("",),
            profile="experiment",
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each absent file."""
        for path in context.profile.files:
            if path in context.tree or _hidden(path, context.tree):
                continue
            near = next(_alike(path, context.tree), None)
            instead = f"; there is `{near}`" if near else ""
            yield Hit(
                message=f"`{path}` is missing{instead}.",
                fix=Fix(summary=f"Move `{near}` to `{path}`." if near else f"Add `{path}`."),
                identity=path,
            )


def _hidden(path: str, tree: SourceTree) -> bool:
    """Whether a folder above the path was not read, so that nothing is known of the path."""
    parent = posixpath.dirname(path)
    return parent in tree.unread


def _alike(path: str, tree: SourceTree) -> Iterator[str]:
    name = posixpath.splitext(posixpath.basename(path))[0].lower()
    kinds = (".yaml", ".yml") if path.endswith(".yaml") else (posixpath.splitext(path)[1],)
    for other in tree.paths():
        stem, suffix = posixpath.splitext(posixpath.basename(other))
        if stem.lower() == name and suffix.lower() in kinds:
            yield other
