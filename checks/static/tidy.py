"""Findings made fit to hand on: valid Unicode, and no text longer than anyone reads."""

from checks.finding import Evidence, Finding, Fix

MOST_CHARACTERS = 8000
"""Longest single text of a finding, characters."""


def tidy(finding: Finding) -> Finding:
    """The finding with lone surrogates written as escapes and long texts cut; a replacement too long is left out."""
    return finding.model_copy(
        update={
            "message": clipped(finding.message),
            "evidence": tuple(_evidence(evidence) for evidence in finding.evidence),
            "fix": _fix(finding.fix) if finding.fix else None,
        }
    )


def clipped(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text as valid Unicode, cut at ``most`` characters with a mark."""
    cut = text if len(text) <= most else f"{text[:most]} ... ({len(text) - most} more characters)"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")


def _evidence(evidence: Evidence) -> Evidence:
    command = clipped(evidence.command) if evidence.command is not None else None
    return evidence.model_copy(update={"text": clipped(evidence.text), "command": command})


def _fix(fix: Fix) -> Fix:
    exact = fix.replacement
    if exact is not None and clipped(exact) != exact:
        exact = None
    return fix.model_copy(update={"summary": clipped(fix.summary), "replacement": exact})
