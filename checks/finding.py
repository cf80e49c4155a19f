"""What a rule says when it fires, in the words that every format and the server share."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Severity(StrEnum):
    """Whether a finding keeps the verdict from being ready."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"


class RungName(StrEnum):
    """The four rungs of the ladder, cheapest evidence first."""

    STATIC = "static"
    PREFLIGHT = "preflight"
    TRIAL = "trial"
    SEMANTIC = "semantic"


class Frozen(BaseModel):
    """Base of every document model: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Frozen):
    """What was looked at: quoted lines of a file, or a command with its output."""

    text: str = Field(description="The quoted lines, or the command's output")
    path: str | None = Field(None, description="The quoted file")
    line: int | None = Field(None, ge=1, description="First quoted line, counted from 1")
    command: str | None = Field(None, description="The command that printed the text")


class Fix(Frozen):
    """How to mend it."""

    summary: str = Field(description="What to do, in one or two sentences")
    replacement: str | None = Field(
        None, description="Exact text for lines `line` to `end_line`, where the mend is mechanical"
    )


class Waiver(Frozen):
    """Who accepted a finding, why and until when."""

    by: str
    reason: str
    until: str | None = Field(None, description="ISO date after which the waiver no longer holds")


class Finding(Frozen):
    """A rule that fired."""

    rule: str = Field(description="Rule identifier, `<criterion>/<fault>`")
    criterion: str = Field(description="The profile's criterion that it speaks to")
    rung: RungName
    severity: Severity
    path: str | None = Field(None, description="File, relative to the root; null when it is about the whole tree")
    line: int | None = Field(None, ge=1, description="First line, counted from 1")
    end_line: int | None = Field(None, ge=1, description="Last line, inclusive")
    message: str
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    fingerprint: str = Field(description="Stable across moved lines and re-indentation")
    waiver: Waiver | None = None
    on_base: bool = Field(False, description="Whether the base revision has the same finding")

    @property
    def blocks(self) -> bool:
        """Whether this finding keeps the verdict from being ready."""
        return self.severity is Severity.BLOCKING and self.waiver is None

    @property
    def place(self) -> str:
        """``path:line``, ``path``, or the empty string for a finding about the whole tree."""
        if self.path is None:
            return ""
        return f"{self.path}:{self.line}" if self.line else self.path


def fingerprints(keys: Iterable[tuple[str, str, str]]) -> list[str]:
    """A fingerprint for each ``(rule, path, identity)``; equal keys are told apart by their order."""
    seen: Counter[tuple[str, str, str]] = Counter()
    result = []
    for rule, path, identity in keys:
        key = (rule, path, re.sub(r"\s+", "", identity))
        result.append(
            hashlib.sha256("\0".join((*key, str(seen[key]))).encode("utf-8", "backslashreplace")).hexdigest()[:16]
        )
        seen[key] += 1
    return result
