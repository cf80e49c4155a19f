"""``--format github``: workflow commands, which a GitHub Actions log turns into annotations of the diff.

GitHub shows ten errors and ten warnings of a step ("Workflow commands"); the log holds every line.
"""

from typing import IO

from checks.finding import Finding
from checks.report.blocks import headline
from checks.report.visible import visible
from checks.verdict import Verdict


def write_github(verdict: Verdict, out: IO[str]) -> None:
    """Write one command for each finding, blocking ones first, and a notice with the answer."""
    for finding in verdict.findings:
        out.write(_command(finding))
    out.write(f"::notice title=referee::{_data(headline(verdict))}\n")


def _command(finding: Finding) -> str:
    level = "error" if finding.blocks else "notice" if finding.waiver else "warning"
    fields = {"title": finding.rule}
    if finding.path is not None:
        fields |= {"file": finding.path}
    if finding.path is not None and finding.line is not None:
        fields |= {"line": str(finding.line), "endLine": str(finding.end_line or finding.line)}
    words = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    fix = f"\nFix: {finding.fix.summary}" if finding.fix else ""
    return f"::{level} {words}::{_data(finding.message + fix)}\n"


def _data(text: str) -> str:
    """The text as a command's message: one line, on which nothing can start another command."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
