"""``--format html``: one file to read in a browser, which loads nothing and runs nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from checks.finding import Evidence, Finding
from checks.profiles import PROFILES
from checks.report.blocks import headline
from checks.report.visible import visible
from checks.verdict import CriterionResult, Verdict

LANGUAGES = {"py": "python", "toml": "toml", "yaml": "yaml", "yml": "yaml"}
"""File suffix to the language that the colours follow."""
PLAIN = "text"
MOST_HIGHLIGHTED = 20_000
"""Longest quotation that is coloured, characters."""


@dataclass(frozen=True, slots=True)
class Section:
    """One criterion with its findings, blocking ones first."""

    criterion: CriterionResult
    findings: tuple[Finding, ...]


def write_html(verdict: Verdict, out: IO[str]) -> None:
    """Write the page: the answer, the criteria at a glance, each finding with coloured code, evidence and mend."""
    environment = Environment(
        loader=PackageLoader("checks.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "words": _words, "coloured": _coloured, "exact": _exact}
    page = environment.get_template("verdict.html").render(
        verdict=verdict,
        title=PROFILES[verdict.profile].title,
        headline=headline(verdict),
        sections=list(_sections(verdict)),
        colours=Markup(_styles()),  # noqa: S704 - the library's own style sheet
    )
    out.write(page + "\n")


def _sections(verdict: Verdict) -> Iterator[Section]:
    for criterion in verdict.criteria:
        findings = tuple(finding for finding in verdict.findings if finding.criterion == criterion.id)
        if findings:
            yield Section(criterion, findings)


def _words(text: str) -> Markup:
    """A message: what it sets between backticks becomes code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(visible(text)))))  # noqa: S704 - escaped


def _coloured(evidence: Evidence) -> Markup:
    """The quoted lines with line numbers and colours; a command's output plain."""
    if evidence.command is not None:
        return _marked_up(f"$ {evidence.command}\n{evidence.text}", PLAIN, None)
    return _marked_up(evidence.text, _language(evidence.path), evidence.line)


def _exact(finding: Finding) -> Markup:
    """The text that the mend puts in place."""
    text = finding.fix.replacement if finding.fix and finding.fix.replacement is not None else ""
    return _marked_up(text, _language(finding.path), finding.line)


def _language(path: str | None) -> str:
    return LANGUAGES.get((path or "").rpartition(".")[2].lower(), PLAIN)


def _marked_up(text: str, language: str, line: int | None) -> Markup:
    shown = visible(text)
    lexer = get_lexer_by_name(language if len(shown) <= MOST_HIGHLIGHTED else PLAIN, stripnl=False)
    formatter = HtmlFormatter(linenos="inline" if line else False, linenostart=line or 1, cssclass="code")
    return Markup(highlight(shown, lexer, formatter))  # noqa: S704 - the formatter escapes what it shows


def _styles() -> str:
    """Colours for a light and for a dark page."""
    light, dark = (_style(name) for name in ("friendly", "native"))
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _style(name: str) -> str:
    return str(HtmlFormatter(style=name).get_style_defs(".code"))  # type: ignore[no-untyped-call]
