"""What a person and other programs read of a verdict: Markdown, a page, SARIF, workflow commands."""

import io
import json
import re
from html.parser import HTMLParser

import jsonschema
import pytest

from checks.finding import Evidence, Finding, Fix, RungName, Severity, Waiver
from checks.profiles import PROFILES
from checks.report import FORMATS
from checks.verdict import Adjustment, RungReport, RungResult, RungStatus, Verdict, decide
from tests.core.hostile import TOKENS
from tests.peers.openapi import peer

HOSTILE_WORDS = [
    "</p><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "::error file=a::owned\n::add-mask::x",
    "\x1b[31mred\x1b[0m \u202eevil",
    "{{ 7*7 }} {% raw %}",
    "%0A::set-output name=a::b",
    "```\n# heading @everyone #1 https://example.com",
    *TOKENS,
]


def finding(**changes: object) -> Finding:
    fields: dict[str, object] = {
        "rule": "hydra/invalid-yaml",
        "criterion": "hydra",
        "rung": RungName.STATIC,
        "severity": Severity.BLOCKING,
        "path": "config/config.yaml",
        "line": 3,
        "end_line": 4,
        "message": "The value of `run` is not closed.",
        "evidence": (
            Evidence(path="config/config.yaml", line=3, text="run: [1"),
            Evidence(command="uv sync", text="x"),
        ),
        "fix": Fix(summary="Close the bracket.", replacement="run: [1]"),
        "fingerprint": "0123456789abcdef",
    }
    return Finding.model_validate(fields | changes)


def verdict(*findings: Finding, adjustments: tuple[Adjustment, ...] = ()) -> Verdict:
    report = RungReport(name=RungName.STATIC, status=RungStatus.ANSWERED, seconds=0.5, detail="9 files")
    result = RungResult(report=report, findings=findings)
    return decide(PROFILES["experiment"], [result], list(RungName), adjustments=adjustments)


def written(name: str, of: Verdict) -> str:
    out = io.StringIO()
    FORMATS[name](of, out)
    return out.getvalue()


class Page(HTMLParser):
    """Collects a page's elements and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def hostile_finding(words: str) -> Finding:
    return finding(
        path=words.replace("\n", "") or "x",
        message=words,
        evidence=(Evidence(path=words or "x", line=1, text=words),),
        fix=Fix(summary=words, replacement=words),
        waiver=Waiver(by=words, reason=words, until=words),
    )


WAIVED = finding(fingerprint="fedcba9876543210", waiver=Waiver(by="alice", reason="agreed"), on_base=True)
ADVICE = finding(fingerprint="00000000000000aa", severity=Severity.ADVISORY, path=None, line=None, end_line=None)
SETTLED = (Adjustment(subject="hydra/not-used", what="not run", reason="legacy"),)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_writes_every_kind_of_finding(name: str) -> None:
    text = written(name, verdict(finding(), WAIVED, ADVICE, adjustments=SETTLED))
    assert text.endswith("\n")
    assert name == "verdict" or "hydra/invalid-yaml" in text


def sarif_schema() -> dict[str, object]:
    schema = json.loads(peer("@microsoft/sarif-matcher-utils/lib/schemas/sarif-2.1.0-rtm.5.json").read_text())
    assert isinstance(schema, dict)
    return schema


@pytest.mark.parametrize(
    "findings",
    [(), (finding(), WAIVED, ADVICE), tuple(map(hostile_finding, HOSTILE_WORDS))],
    ids=["clean", "all-kinds", "hostile"],
)
def test_sarif_satisfies_the_official_schema(findings: tuple[Finding, ...]) -> None:
    document = json.loads(written("sarif", verdict(*findings, adjustments=SETTLED)))
    jsonschema.Draft7Validator(sarif_schema(), format_checker=jsonschema.FormatChecker()).validate(document)
    assert len(document["runs"][0]["results"]) == len(findings)


def test_sarif_names_rule_place_fix_waiver_and_base() -> None:
    (run,) = json.loads(written("sarif", verdict(finding(path="src/a b#.py"), WAIVED)))["runs"]
    first, second = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "hydra/invalid-yaml"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "src/a%20b%23.py"
    assert (place["region"]["startLine"], place["region"]["endLine"]) == (3, 4)
    replacement = first["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["deletedRegion"] == {"startLine": 3, "startColumn": 1, "endLine": 5, "endColumn": 1}
    assert replacement["insertedContent"]["text"] == "run: [1]\n"
    assert second["suppressions"][0]["justification"] == "agreed"
    assert second["baselineState"] == "unchanged"


def test_workflow_commands_point_at_lines_and_stay_on_one_line() -> None:
    lines = written("github", verdict(finding(), ADVICE, WAIVED)).splitlines()
    assert lines[0].startswith(
        "::error title=hydra/invalid-yaml,file=config/config.yaml,line=3,endLine=4::The value of `run`"
    )
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice", "::notice"]
    assert "%0AFix: Close the bracket." in lines[0]


@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_hostile_words_start_no_workflow_command(words: str) -> None:
    text = written("github", verdict(hostile_finding(words)))
    assert len(text.splitlines()) == 2
    assert re.fullmatch(r"::notice title=[^:,]+,file=[^:,]+,line=3,endLine=4::[^\r\n]*\n::notice [^\r\n]*\n", text)


@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_hostile_words_bring_nothing_to_life_on_the_page(words: str) -> None:
    plain = Page(written("html", verdict(hostile_finding("words"))))
    page = Page(written("html", verdict(hostile_finding(words))))
    known = {"code", "span", "pre", "p"}
    assert [tag for tag in page.tags if tag[0] not in known] == [tag for tag in plain.tags if tag[0] not in known]
    for tag, attributes in page.tags:
        assert tag not in {"script", "img", "link", "iframe", "object", "form", "base"}
        assert not any(name.startswith("on") or name in {"src", "style"} for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")


def test_page_shows_criteria_code_and_mend() -> None:
    page = Page(written("html", verdict(finding(), WAIVED, adjustments=SETTLED)))
    for word in (
        "Hydra integration",
        "fail",
        "run: [1",
        "$ uv sync",
        "Close the bracket.",
        "run: [1]",
        "legacy",
        "alice",
    ):
        assert word in page.words
    assert ("code", {}) in page.tags
    policy = next(attributes for tag, attributes in page.tags if "http-equiv" in attributes)
    assert "default-src 'none'" in (policy["content"] or "")


def test_markdown_lists_blocking_findings_first_with_the_exact_text() -> None:
    text = written("markdown", verdict(ADVICE, finding(), WAIVED, adjustments=SETTLED))
    assert text.index("### Blocking findings") < text.index("### Other findings")
    assert "```\nrun: [1]\n```" in text
    assert "accepted by alice: agreed" in text
    assert "also on the base" in text
    assert "`hydra/not-used`: not run (legacy)" in text
