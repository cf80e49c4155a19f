"""``--format text``: for a person at a terminal, coloured where the terminal shows colour."""

from collections.abc import Iterable
from itertools import groupby
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checks.finding import Evidence, Finding
from checks.profiles import PROFILES
from checks.report.visible import visible
from checks.verdict import RungStatus, Status, Verdict

PLAIN_WIDTH = 120
ANSWERS = {0: ("READY", "bold green"), 1: ("NOT READY", "bold red"), 3: ("UNDECIDED", "bold yellow")}
"""Exit status to the headline's first words."""
OPEN_HINT = (
    "Nothing failed. The open criteria need rungs that have not run; `--require static` asks for the static rung alone."
)
MARKS = {
    Status.PASS: ("pass", "green"),
    Status.FAIL: ("fail", "bold red"),
    Status.NOT_ASSESSED: ("open", "yellow"),
    Status.WAIVED: ("waived", "cyan"),
}


def write_text(verdict: Verdict, out: IO[str]) -> None:
    """Write the verdict: the answer, the criteria at a glance, each finding with its quoted lines and its mend."""
    console = Console(file=out, highlight=False, soft_wrap=False, width=None if out.isatty() else PLAIN_WIDTH)
    console.print(_headline(verdict))
    console.print()
    console.print(_criteria(verdict))
    for criterion, findings in groupby(verdict.findings, key=lambda finding: (finding.blocks, finding.criterion)):
        console.print()
        console.print(_heading(verdict, criterion[1], blocking=criterion[0]))
        _write_findings(console, findings)
    if verdict.exit_status == 3:
        console.print()
        console.print(Text(OPEN_HINT, style="yellow"))
    for rung in verdict.rungs:
        if rung.detail or rung.status is not RungStatus.ANSWERED:
            console.print()
            console.print(Text(f"{rung.name}: {rung.status}. {visible(rung.detail)}", style="dim"))


def _headline(verdict: Verdict) -> Text:
    blocking = sum(finding.blocks for finding in verdict.findings)
    advisory = len(verdict.findings) - blocking
    waiting = sum(criterion.status is Status.NOT_ASSESSED for criterion in verdict.criteria)
    counts = [
        f"{number} {word}"
        for number, word in ((blocking, "blocking"), (advisory, "advisory"), (waiting, "not assessed"))
        if number
    ]
    answer = Text(*ANSWERS[verdict.exit_status])
    title = PROFILES[verdict.profile].title
    return Text.assemble(answer, f"  {title}", "  " if counts else "", ", ".join(counts))


def _criteria(verdict: Verdict) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for criterion in verdict.criteria:
        word, style = MARKS[criterion.status]
        table.add_row(
            Text(str(criterion.number), style="dim"),
            Text(word, style=style),
            criterion.title,
            Text(visible(criterion.detail), style="dim"),
        )
    return table


def _heading(verdict: Verdict, slug: str, *, blocking: bool) -> Text:
    for criterion in verdict.criteria:
        if criterion.id == slug:
            return Text(f"{criterion.number}. {criterion.title}" + ("" if blocking else " (advisory)"), style="bold")
    return Text(slug, style="bold")


def _write_findings(console: Console, findings: Iterable[Finding]) -> None:
    for finding in findings:
        style = "red" if finding.blocks else "yellow"
        place = Text(visible(finding.place) or "(whole tree)", style=f"bold {style}")
        console.print(Padding(Text.assemble(place, "  ", (finding.rule, "dim")), (0, 0, 0, 2), expand=False))
        console.print(Padding(Text(visible(finding.message)), (0, 0, 0, 4), expand=False))
        for evidence in finding.evidence:
            console.print(Padding(_evidence(finding, evidence), (0, 0, 0, 4), expand=False))
        if finding.fix:
            console.print(
                Padding(Text.assemble(("fix: ", "green"), visible(finding.fix.summary)), (0, 0, 0, 4), expand=False)
            )


def _evidence(finding: Finding, evidence: Evidence) -> Text:
    lines = visible(evidence.text).split("\n")
    if evidence.command is not None:
        return Text("\n".join([f"$ {visible(evidence.command)}", *lines]), style="dim")
    first = evidence.line
    numbered = [f"{first + index:>5} | {line}" if first else f"      | {line}" for index, line in enumerate(lines)]
    if evidence.path and evidence.path != finding.path:
        numbered.insert(0, f"      {visible(evidence.path)}")
    return Text("\n".join(numbered), style="cyan", no_wrap=True, overflow="ellipsis")
