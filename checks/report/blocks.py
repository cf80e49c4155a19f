"""Parts of a verdict in GitHub's Markdown, with everything from the code under review made inert."""

from collections.abc import Iterable, Sequence

from checks.finding import Evidence, Finding
from checks.report.gfm import cell, code, fence, link, prose, shorten
from checks.report.visible import visible
from checks.verdict import RungStatus, Status, Verdict

MESSAGE_CHARACTERS = 2_000
EVIDENCE_CHARACTERS = 1_500
EVIDENCE_LINES = 20
MOST_EVIDENCE = 3

SYMBOLS = {Status.PASS: "✅", Status.FAIL: "❌", Status.NOT_ASSESSED: "❔", Status.WAIVED: "🟡"}
RUNG_SYMBOLS = {RungStatus.ANSWERED: "✅", RungStatus.INCOMPLETE: "❔", RungStatus.SKIPPED: "⏭️"}


def criteria_table(verdict: Verdict) -> str:
    """Every criterion with its status and what it rests on."""
    return _table(
        ("", "#", "Criterion", "Status", "Decided by"),
        (
            (SYMBOLS[c.status], str(c.number), cell(c.title), _status(c.status, c.detail), ", ".join(c.decided_by))
            for c in verdict.criteria
        ),
    )


def rungs_table(verdict: Verdict) -> str:
    """Every rung that was tried, with what it looked at."""
    return _table(
        ("", "Rung", "Status", "Seconds", "Looked at"),
        (
            (RUNG_SYMBOLS[r.status], r.name, r.status, f"{r.seconds:.1f}", cell(shorten(r.detail, 300)))
            for r in verdict.rungs
        ),
    )


def adjustments_list(verdict: Verdict) -> str:
    """What the repository's configuration changed, as a list; empty where it changed nothing."""
    lines = []
    for each in verdict.adjustments:
        reason = f" ({prose(shorten(each.reason, 300))})" if each.reason else ""
        lines.append(f"- {code(each.subject)}: {prose(each.what)}{reason}")
    return "\n".join(["Settled by the configuration:", "", *lines]) if lines else ""


def headline(verdict: Verdict) -> str:
    """The answer and its counts in one line."""
    blocking = sum(finding.blocks for finding in verdict.findings)
    unsure = sum(criterion.status is Status.NOT_ASSESSED for criterion in verdict.criteria)
    counts = [
        counted(blocking, "blocking finding"),
        counted(len(verdict.findings) - blocking, "advisory finding"),
        counted(unsure, "criterion not assessed", "criteria not assessed"),
    ]
    told = ", ".join(count for count in counts if count)
    return f"{'Ready' if verdict.ready else 'Not ready'}{': ' if told else ''}{told}"


def counted(number: int, one: str, many: str = "") -> str:
    """``1 finding`` or ``2 findings``; empty for none."""
    return f"{number} {one if number == 1 else many or one + 's'}" if number else ""


def finding_line(finding: Finding, base: str) -> str:
    """One finding as one item of a list."""
    return f"- {_symbol(finding)} {code(finding.rule)}{_at(finding, base)}: {prose(_message(finding))}"


def finding_block(finding: Finding, base: str = "", *, placed: bool = True) -> str:
    """One finding in full: severity, rule, place, message, what was looked at, how to mend it.

    Args:
        finding: what fired.
        base: address of the tree, for links.
        placed: whether to name the place; a comment that stands on its line does not.
    """
    severity = "Blocking" if finding.blocks else "Waived" if finding.waiver else "Advisory"
    place = _at(finding, base) if placed else ""
    parts = [
        f"**{_symbol(finding)} {severity}** {code(finding.rule)}{place}{_known(finding)}",
        prose(_message(finding)),
    ]
    parts += [_evidence(evidence, finding.place) for evidence in finding.evidence[:MOST_EVIDENCE]]
    if finding.fix:
        parts.append(f"**Fix:** {prose(shorten(finding.fix.summary, MESSAGE_CHARACTERS))}")
    return "\n\n".join(parts)


def _known(finding: Finding) -> str:
    """What else is known of it: that it was there before, who accepted it."""
    before = ", also on the base" if finding.on_base else ""
    waiver = finding.waiver
    if waiver is None:
        return before
    until = f" until {waiver.until}" if waiver.until else ""
    return f"{before}, accepted by {prose(waiver.by)}{until}: {prose(shorten(waiver.reason, 300))}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _status(status: Status, detail: str) -> str:
    return f"{status}: {cell(shorten(detail, 300))}" if detail else str(status)


def _symbol(finding: Finding) -> str:
    return "❌" if finding.blocks else "🟡" if finding.waiver else "⚠️"


def _at(finding: Finding, base: str) -> str:
    if finding.path is None:
        return ""
    return f" at {link(shorten(finding.place, 300), base, finding.path, finding.line, finding.end_line)}"


def _message(finding: Finding) -> str:
    return shorten(visible(finding.message), MESSAGE_CHARACTERS)


def _evidence(evidence: Evidence, known: str) -> str:
    lines = visible(evidence.text.replace("\r\n", "\n")).split("\n")
    shown = shorten("\n".join(lines[:EVIDENCE_LINES]), EVIDENCE_CHARACTERS)
    if len(lines) > EVIDENCE_LINES:
        shown += f"\n… {counted(len(lines) - EVIDENCE_LINES, 'more line')}"
    place = f"{evidence.path}:{evidence.line}" if evidence.path and evidence.line else evidence.path
    source = f"$ {evidence.command}" if evidence.command else place
    return (f"{code(shorten(source, 300))}\n\n" if source and source != known else "") + fence(shown)
