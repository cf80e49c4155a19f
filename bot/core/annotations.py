"""Findings as annotations of a check run, and which of them GitHub does not hold yet."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.core.published import Annotation
from checks.finding import Finding
from checks.report.gfm import shorten
from checks.report.visible import visible

BATCH = 50
"""Most annotations in one request (GitHub, "Update a check run")."""
MESSAGE_CHARACTERS = 16_000
"""Below the 64 KB of a message (GitHub, "Update a check run") at four bytes a character."""
TITLE_CHARACTERS = 255
"""Most characters of a title (GitHub, "Update a check run")."""
MOST = 500
"""Most annotations that one check run gets: ten requests. The verdict in the check run holds every finding."""


def annotations(findings: Iterable[Finding]) -> list[Annotation]:
    """One annotation for each finding that names a line, blocking ones first, at most ``MOST``."""
    located = [finding for finding in findings if finding.path and finding.line]
    located.sort(key=lambda finding: not finding.blocks)
    return [_annotation(finding) for finding in located[:MOST]]


def missing(
    wanted: Sequence[Annotation], held: Iterable[Annotation], before: Iterable[Annotation] = ()
) -> list[Annotation]:
    """Those of ``wanted`` that ``held`` lacks, in order; equal ones are counted.

    Args:
        wanted: what is to be there.
        held: what GitHub lists, which may lag behind what it took.
        before: what was sent earlier for sure; what ``held`` has of it stands for nothing in ``wanted``.
    """
    left = Counter(map(_key, held)) - Counter(map(_key, before))
    result = []
    for annotation in wanted:
        key = _key(annotation)
        if left[key] > 0:
            left[key] -= 1
        else:
            result.append(annotation)
    return result


def _annotation(finding: Finding) -> Annotation:
    message = finding.message if finding.fix is None else f"{finding.message}\n\nFix: {finding.fix.summary}"
    line = finding.line or 1
    return Annotation(
        path=finding.path or "",
        start_line=line,
        end_line=max(line, finding.end_line or line),
        level="failure" if finding.blocks else "warning",
        title=shorten(visible(finding.rule), TITLE_CHARACTERS),
        message=shorten(visible(message), MESSAGE_CHARACTERS),
    )


def _key(annotation: Annotation) -> tuple[object, ...]:
    # Without the title, which not every server hands back, and whatever it does to white space.
    words = " ".join(annotation.message.split())
    return annotation.path, annotation.start_line, annotation.end_line, annotation.level, words
