"""What every rung of the ladder is: material in, result out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from checks.finding import RungName
from checks.profiles import Profile
from checks.tree import SourceTree
from checks.verdict import RungResult

Progress = Callable[[RungName, str], None]
"""Told what is under way: the rung, and a few words (``reading src/train.py``). Called often; must return fast."""


def silent(_rung: RungName, _words: str) -> None:
    """The progress callback that tells nobody."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a rung is given.

    Args:
        tree: the files under review.
        profile: what is asked of them.
        research: the research context's text, or None where there is none.
        progress: told what is under way.
        rules_off: identifiers of rules that are not to be run.
    """

    tree: SourceTree
    profile: Profile
    research: str | None = None
    progress: Progress = silent
    rules_off: tuple[str, ...] = ()


class Rung(Protocol):
    """One rung. It never raises because of the code under review: what it could not find out stands in its result."""

    @property
    def name(self) -> RungName:
        """Which rung this is."""

    def run(self, material: Material) -> RungResult:
        """Judge the material. Blocks until done; the rung holds its own time limits."""
