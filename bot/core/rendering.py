"""A verdict as the text of a check run, within GitHub's limits; also what stands there before there is a verdict."""

from collections.abc import Iterable, Sequence

from bot.core.document_block import document_block
from bot.core.markdown import cell, code, fence, join_within, link, prose, shorten, size
from bot.core.published import CheckOutput
from checks.finding import Evidence, Finding
from checks.report.visible import visible
from checks.verdict import RungStatus, Status, Verdict

OUTPUT_BYTES = 65_535
"""Most of a summary and of a text (GitHub, "Create a check run": 65,535 characters; bytes are never fewer)."""
DETAILS_BYTES = 20_000
"""What the findings' details may always count on, whatever the verdict's JSON takes of the text."""
TITLE_CHARACTERS = 120
MESSAGE_CHARACTERS = 2_000
EVIDENCE_CHARACTERS = 1_500
EVIDENCE_LINES = 20
MOST_EVIDENCE = 3

SYMBOLS = {Status.PASS: "✅", Status.FAIL: "❌", Status.NOT_ASSESSED: "❔", Status.WAIVED: "🟡"}
RUNG_SYMBOLS = {RungStatus.ANSWERED: "✅", RungStatus.INCOMPLETE: "❔", RungStatus.SKIPPED: "⏭️"}


def queued() -> CheckOutput:
    """What the check run says before any rung has started."""
    return CheckOutput("Waiting to start", "The review of this commit is queued.")


def progress(rung: str, detail: str = "") -> CheckOutput:
    """What the check run says while a rung is under way."""
    more = f"\n\n{prose(shorten(detail, MESSAGE_CHARACTERS))}" if detail else ""
    return CheckOutput(f"Rung under way: {shorten(rung, 40)}", f"Rung under way: {code(rung)}.{more}")


def broken(reason: str) -> CheckOutput:
    """What the check run says when the review itself failed; that blocks the merge, since nothing was proved."""
    return CheckOutput(
        "Not ready: the review could not be completed",
        f"{prose(shorten(reason, MESSAGE_CHARACTERS))}\n\n"
        "This says nothing about the code. Push again, or close and reopen the pull request.",
    )


def cancelled(reason: str) -> CheckOutput:
    """What the check run says when its review was stopped."""
    return CheckOutput("Cancelled", prose(shorten(reason, MESSAGE_CHARACTERS)))


def verdict_output(verdict: Verdict, elsewhere: Sequence[Finding], base: str) -> CheckOutput:
    """The finished check run's text.

    Args:
        verdict: what was decided.
        elsewhere: the findings that the diff does not show, which the summary lists.
        base: address of the tree at the reviewed commit, for links; empty for none.
    """
    return CheckOutput(
        shorten(headline(verdict), TITLE_CHARACTERS),
        _summary(verdict, elsewhere, base),
        _text(verdict, base),
    )


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
    parts = [f"**{_symbol(finding)} {severity}** {code(finding.rule)}{place}", prose(_message(finding))]
    parts += [_evidence(evidence, finding.place) for evidence in finding.evidence[:MOST_EVIDENCE]]
    if finding.fix:
        parts.append(f"**Fix:** {prose(shorten(finding.fix.summary, MESSAGE_CHARACTERS))}")
    return "\n\n".join(parts)


def list_within(findings: Sequence[Finding], base: str, limit: int) -> str:
    """Findings as a list of at most ``limit`` bytes; when some are left out, a last line says how many."""
    listed, left_out = join_within(findings, lambda finding: finding_line(finding, base), limit - 120, "\n")
    return listed + (f"\n\n{_left_out(left_out)}" if left_out else "")


def _summary(verdict: Verdict, elsewhere: Sequence[Finding], base: str) -> str:
    criteria = _table(
        ("", "#", "Criterion", "Status", "Decided by"),
        (
            (SYMBOLS[c.status], str(c.number), cell(c.title), _status(c.status, c.detail), ", ".join(c.decided_by))
            for c in verdict.criteria
        ),
    )
    rungs = _table(
        ("", "Rung", "Status", "Seconds", "Looked at"),
        (
            (RUNG_SYMBOLS[r.status], r.name, r.status, f"{r.seconds:.1f}", cell(shorten(r.detail, 300)))
            for r in verdict.rungs
        ),
    )
    parts = [f"**{headline(verdict)}**", criteria, rungs]
    on_diff = len(verdict.findings) - len(elsewhere)
    if on_diff:
        parts.append(f"{counted(on_diff, 'finding')} on lines of this diff, marked there.")
    if elsewhere:
        parts.append("### Findings not on a line of the diff")
        parts.append(list_within(elsewhere, base, OUTPUT_BYTES - size("\n\n".join(parts)) - 10))
    return "\n\n".join(parts)


def _text(verdict: Verdict, base: str) -> str:
    document = document_block(verdict, OUTPUT_BYTES - DETAILS_BYTES)
    room = OUTPUT_BYTES - size(document) - 200
    details, left_out = join_within(verdict.findings, lambda finding: finding_block(finding, base), room)
    parts = ["### Findings", details] if verdict.findings else []
    if left_out:
        parts.append(_left_out(left_out))
    return "\n\n".join([*parts, document])


def _left_out(number: int) -> str:
    return f"{counted(number, 'more finding')} not shown here, for want of space: `referee review` lists all of them."


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
