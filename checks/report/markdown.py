"""``--format markdown``: for a job summary or a comment; everything from the tree is inert in it."""

from typing import IO

from checks.finding import Finding
from checks.report.blocks import adjustments_list, criteria_table, finding_block, headline, rungs_table
from checks.report.gfm import fence
from checks.verdict import Verdict


def write_markdown(verdict: Verdict, out: IO[str]) -> None:
    """Write the answer, the criteria at a glance, every finding with its evidence and mend, and the rungs."""
    parts = [f"## {headline(verdict)}", criteria_table(verdict)]
    if settled := adjustments_list(verdict):
        parts.append(settled)
    blocking = [finding for finding in verdict.findings if finding.blocks]
    others = [finding for finding in verdict.findings if not finding.blocks]
    for title, findings in (("### Blocking findings", blocking), ("### Other findings", others)):
        if findings:
            parts += [title, *map(_block, findings)]
    parts += ["### Rungs", rungs_table(verdict)]
    out.write("\n\n".join(parts) + "\n")


def _block(finding: Finding) -> str:
    exact = finding.fix.replacement if finding.fix else None
    block = finding_block(finding)
    if exact is None:
        return block
    return f"{block}\n\n" + (f"Write instead:\n\n{fence(exact)}" if exact.strip() else "Delete these lines.")
