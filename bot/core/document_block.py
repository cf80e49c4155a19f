"""The verdict document as a fenced block of a bounded size: always valid JSON, the two named fields always in it."""

import json
from typing import Any

from checks.report.gfm import fence, shorten, size
from checks.verdict import Verdict

ISSUE_CHARACTERS = 8_000
"""Most of the issue text in a document that had to be reduced."""


def document_block(verdict: Verdict, limit: int) -> str:
    """The document under a heading, at most ``limit`` bytes.

    Where the whole does not fit, evidence goes first, then findings from the least weighty, and a field ``truncated``
    says what is missing.
    """
    whole = verdict.document()
    block = _block(whole)
    if size(block) <= limit:
        return block
    findings = [{**finding.model_dump(mode="json"), "evidence": []} for finding in verdict.findings]
    kept, too_many = 0, len(findings) + 1
    while too_many - kept > 1:
        middle = (kept + too_many) // 2
        if size(_block(_reduced(verdict, whole, findings[:middle]))) <= limit:
            kept = middle
        else:
            too_many = middle
    return _block(_reduced(verdict, whole, findings[:kept]))


def _reduced(verdict: Verdict, whole: dict[str, Any], findings: list[dict[str, Any]]) -> dict[str, Any]:
    fields = {name: shorten(v, ISSUE_CHARACTERS) if isinstance(v, str) else v for name, v in verdict.fields().items()}
    truncated = {
        "findings_omitted": len(verdict.findings) - len(findings),
        "evidence_omitted": True,
        "issue_shortened": len(verdict.issue) > ISSUE_CHARACTERS,
    }
    first = {"schema": whole["schema"], "profile": whole["profile"], **fields, "truncated": truncated}
    return {**first, **{name: value for name, value in whole.items() if name not in first}, "findings": findings}


def _block(document: dict[str, Any]) -> str:
    # ASCII alone, so nothing in it can hide; "<!--" only ever stands inside a string, where JSON can spell it.
    text = json.dumps(document, indent=1).replace("<!--", "\\u003c!--")
    note = " (reduced to fit; `referee review --format json` prints all of it)" if "truncated" in document else ""
    return f"### Verdict{note}\n\n{fence(text, 'json')}"
