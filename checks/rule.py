"""What every rule is: a class whose documentation, examples and check stand in one file."""

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from checks.context import Context
from checks.finding import Evidence, Finding, Fix, RungName, Severity, fingerprints
from checks.identity import identity
from checks.tree import Unread

SECTIONS = ("What it finds", "Why it matters", "How to fix", "What it cannot see")


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule fired.

    Args:
        message: what is wrong there, in one or two sentences that stand alone.
        path: the file, or None for the whole tree.
        line: first line, counted from 1; None for the whole file.
        end_line: last line, inclusive.
        evidence: what was looked at; when empty, lines ``line`` to ``end_line`` are quoted.
        fix: how to mend it.
        severity: overrides the rule's own, where it is less sure or more.
        identity: what makes this hit the same after an edit; when empty, the text of its lines.
    """

    message: str
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    severity: Severity | None = None
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Valid:
    """A tree (only the files that matter) on which the rule must stay silent.

    Args:
        name: which spelling or look-alike it shows.
        files: texts by path, or the reason why a path was not read.
        profile: ``experiment`` or ``base``; None for every profile the rule belongs to.
    """

    name: str
    files: Mapping[str, str | bytes | Unread]
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Invalid:
    """A tree on which the rule must fire, exactly at ``at``: ``path:line``, ``path``, or ``""`` for the whole tree."""

    name: str
    files: Mapping[str, str | bytes | Unread]
    at: tuple[str, ...]
    profile: str | None = None


class Rule(ABC):
    """One checkable fault.

    The class documentation is the published reference: a summary line, then the four sections of ``SECTIONS``, each a
    line with its title and an indented text.
    """

    criteria: ClassVar[Mapping[str, str]]
    """Profile name to the criterion that the fault belongs to there; a profile that is absent does not run the rule."""
    severity: ClassVar[Severity] = Severity.BLOCKING
    rung: ClassVar[RungName] = RungName.STATIC
    valid: ClassVar[tuple[Valid, ...]]
    invalid: ClassVar[tuple[Invalid, ...]]

    @abstractmethod
    def check(self, context: Context) -> Iterator[Hit]:
        """Every place where the fault is. Must not raise on any input, and must name only paths of the tree."""

    def undecided(self, context: Context) -> str:
        """Why the files alone do not show whether the fault is there, as a clause; empty where they do.

        The criterion then ends as not assessed, unless something of it fails.
        """
        del context
        return ""

    @classmethod
    def id(cls) -> str:
        """``<criterion>/<fault>``, from the path of the rule's file."""
        criterion, fault = cls.__module__.split(".")[-2:]
        return f"{criterion}/{fault}".replace("_", "-")

    @classmethod
    def summary(cls) -> str:
        """The first line of the documentation."""
        return (inspect.getdoc(cls) or "").split("\n", 1)[0]

    @classmethod
    def sections(cls) -> dict[str, str]:
        """The documentation's sections by title."""
        text = inspect.getdoc(cls) or ""
        titles = "|".join(SECTIONS)
        parts = re.split(rf"^({titles})\n", text, flags=re.MULTILINE)
        return {title: inspect.cleandoc(body) for title, body in zip(parts[1::2], parts[2::2], strict=True)}

    def findings(self, context: Context) -> list[Finding]:
        """Run the check and make findings of its hits, in file order."""
        hits = sorted(self.check(context), key=lambda hit: (hit.path or "", hit.line or 0, hit.message))
        prints = fingerprints((self.id(), hit.path or "", hit.identity or _identity(context, hit)) for hit in hits)
        return [self._finding(context, hit, print_) for hit, print_ in zip(hits, prints, strict=True)]

    def _finding(self, context: Context, hit: Hit, fingerprint: str) -> Finding:
        evidence = hit.evidence
        if not evidence and hit.path and hit.line:
            evidence = (context.quote(hit.path, hit.line, hit.end_line),)
        return Finding(
            rule=self.id(),
            criterion=self.criteria[context.profile.name],
            rung=self.rung,
            severity=hit.severity or self.severity,
            path=hit.path,
            line=hit.line,
            end_line=max(hit.line, hit.end_line or hit.line) if hit.line else None,
            message=hit.message,
            evidence=evidence,
            fix=hit.fix,
            fingerprint=fingerprint,
        )


def _identity(context: Context, hit: Hit) -> str:
    if not (hit.path and hit.line):
        return hit.message
    return identity(context, hit.path, hit.line, hit.end_line or hit.line)
