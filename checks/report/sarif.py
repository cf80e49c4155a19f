"""``--format sarif``: SARIF 2.1.0 (OASIS), for code scanning and for editors.

The document is written as plain data: the Python models of the format lack fields that are needed here (suppressions,
baseline states) or have not been released for years; a test holds what is written against the official schema.
"""

import json
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import quote

from checks.finding import Finding, Severity
from checks.registry import rules_for
from checks.report.visible import visible
from checks.rule import Rule
from checks.verdict import RungStatus, Status, Verdict

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Severity, str] = {Severity.BLOCKING: "error", Severity.ADVISORY: "warning"}
FINGERPRINT = "referee/v1"
Json = dict[str, Any]


def write_sarif(verdict: Verdict, out: IO[str]) -> None:
    """Write the findings as one run; ASCII only. A criterion that was not assessed is a notification, not a result."""
    rules = {rule.id(): rule for rule in rules_for(verdict.profile)}
    used = sorted({finding.rule for finding in verdict.findings} & set(rules))
    driver = {
        "name": "Referee",
        "version": verdict.tool.version,
        "rules": [_descriptor(rules[identifier]) for identifier in used],
    }
    index = {identifier: place for place, identifier in enumerate(used)}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(verdict)],
        "results": [_result(finding, index) for finding in verdict.findings],
        "properties": {"profile": verdict.profile, "ready": verdict.ready},
    }
    json.dump({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}, out, indent=2)
    out.write("\n")


def _descriptor(rule: Rule) -> Json:
    sections = rule.sections()
    return {
        "id": rule.id(),
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": sections["What it finds"]},
        "help": {"text": "\n\n".join(f"{title}\n{text}" for title, text in sections.items())},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _invocation(verdict: Verdict) -> Json:
    return {
        "executionSuccessful": all(rung.status is RungStatus.ANSWERED for rung in verdict.rungs),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": visible(f"{each.title}: not assessed, {each.detail}")}}
            for each in verdict.criteria
            if each.status is Status.NOT_ASSESSED
        ],
    }


def _result(finding: Finding, index: Mapping[str, int]) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": visible(finding.message)},
        "locations": [_location(finding)] if finding.path is not None else [],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {"criterion": finding.criterion, "rung": finding.rung.value},
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if finding.on_base:
        result["baselineState"] = "unchanged"
    if finding.waiver is not None:
        result["suppressions"] = [{"kind": "external", "justification": visible(finding.waiver.reason)}]
    if finding.fix is not None and finding.fix.replacement is not None and finding.line is not None:
        result["fixes"] = [_fix(finding, finding.fix.summary, finding.fix.replacement, finding.line)]
    return result


def _location(finding: Finding) -> Json:
    place: Json = {"artifactLocation": _artifact(finding)}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line, "endLine": finding.end_line or finding.line}
        if finding.evidence and finding.evidence[0].line == finding.line:
            place["region"]["snippet"] = {"text": visible(finding.evidence[0].text)}
    return {"physicalLocation": place}


def _artifact(finding: Finding) -> Json:
    return {"uri": quote(finding.path or "", errors="replace"), "uriBaseId": "%SRCROOT%"}


def _fix(finding: Finding, summary: str, text: str, line: int) -> Json:
    """The exact mend: whole lines are taken out and the text put in."""
    region = {"startLine": line, "startColumn": 1, "endLine": (finding.end_line or line) + 1, "endColumn": 1}
    replacement = {"deletedRegion": region, "insertedContent": {"text": f"{text}\n" if text else ""}}
    change = {"artifactLocation": _artifact(finding), "replacements": [replacement]}
    return {"description": {"text": visible(summary)}, "artifactChanges": [change]}
