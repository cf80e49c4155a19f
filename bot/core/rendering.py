"""A verdict as the text of a check run, within GitHub's limits; also what stands there before there is a verdict."""

from collections.abc import Sequence

from bot.core.document_block import document_block
from bot.core.published import CheckOutput
from checks.finding import Finding
from checks.report.blocks import (
    MESSAGE_CHARACTERS,
    adjustments_list,
    counted,
    criteria_table,
    finding_block,
    finding_line,
    headline,
    rungs_table,
)
from checks.report.gfm import code, join_within, prose, shorten, size
from checks.verdict import Verdict

OUTPUT_BYTES = 65_535
"""Most of a summary and of a text (GitHub, "Create a check run": 65,535 characters; bytes are never fewer)."""
DETAILS_BYTES = 20_000
"""What the findings' details may always count on, whatever the verdict's JSON takes of the text."""
TITLE_CHARACTERS = 120


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


def list_within(findings: Sequence[Finding], base: str, limit: int) -> str:
    """Findings as a list of at most ``limit`` bytes; when some are left out, a last line says how many."""
    listed, left_out = join_within(findings, lambda finding: finding_line(finding, base), limit - 120, "\n")
    return listed + (f"\n\n{_left_out(left_out)}" if left_out else "")


def _summary(verdict: Verdict, elsewhere: Sequence[Finding], base: str) -> str:
    parts = [f"**{headline(verdict)}**", criteria_table(verdict), rungs_table(verdict)]
    if settled := adjustments_list(verdict):
        parts.append(settled)
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
