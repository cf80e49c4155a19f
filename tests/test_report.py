"""What a person and a program read: the text report, the JSON document and its published schema."""

import io
import json

import jsonschema
import pytest

from checks.finding import Evidence, Finding, Fix, RungName, Severity, Waiver
from checks.profiles import PROFILES
from checks.report import FORMATS
from checks.report.schema import verdict_schema
from checks.verdict import RungReport, RungResult, RungStatus, Status, Verdict, decide

STATIC = (RungName.STATIC,)


def finding(**changes: object) -> Finding:
    fields: dict[str, object] = {
        "rule": "hydra/invalid-yaml",
        "criterion": "hydra",
        "rung": RungName.STATIC,
        "severity": Severity.BLOCKING,
        "path": "config/config.yaml",
        "line": 3,
        "end_line": 3,
        "message": "The file is not YAML.",
        "evidence": (Evidence(path="config/config.yaml", line=3, text="run: [1"),),
        "fix": Fix(summary="Close the bracket.", replacement=None),
        "fingerprint": "0123456789abcdef",
    }
    return Finding.model_validate(fields | changes)


def verdict(*findings: Finding, profile: str = "experiment", **changes: object) -> Verdict:
    report = RungReport(name=RungName.STATIC, status=RungStatus.ANSWERED, seconds=0.5, detail="9 files")
    result = RungResult.model_validate({"report": report, "findings": findings} | changes)
    return decide(PROFILES[profile], [result], STATIC)


def written(name: str, of: Verdict) -> str:
    out = io.StringIO()
    FORMATS[name](of, out)
    return out.getvalue()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("findings", [(), (finding(),)], ids=["clean", "faulty"])
def test_document_satisfies_the_published_schema(profile: str, findings: tuple[Finding, ...]) -> None:
    document = json.loads(written("json", verdict(*findings, profile=profile)))
    jsonschema.validate(document, verdict_schema())
    assert list(document)[2:4] == [PROFILES[profile].ready_field, PROFILES[profile].issue_field]


def test_schema_refuses_the_other_profiles_fields() -> None:
    document = verdict().document()
    document["profile"] = "base"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, verdict_schema())


def test_the_two_fields_alone() -> None:
    fields = json.loads(written("verdict", verdict(finding())))
    assert fields["is_code_ready"] is False
    assert fields["code_issue"].startswith("Requirement 2 (Hydra integration): config/config.yaml:3: The file is not")
    assert json.loads(written("verdict", verdict(profile="base"))) == {
        "is_base_code_ready": True,
        "base_code_issue": "",
    }


def test_text_shows_the_line_and_the_mend() -> None:
    text = written("text", verdict(finding()))
    assert "NOT READY" in text
    assert "    3 | run: [1" in text
    assert "fix: Close the bracket." in text
    assert "\x1b" not in text


def test_text_lets_nothing_of_the_tree_steer_the_terminal() -> None:
    hostile = "\x1b[2J\u202e[bold]x[/bold]\r"
    text = written("text", verdict(finding(message=hostile, path=hostile, evidence=(Evidence(text=hostile),))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\\x1b[2J\\u202e[bold]x[/bold]\\x0d") == 3


def test_text_is_coloured_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    FORMATS["text"](verdict(finding()), out)
    assert "\x1b[1;31mNOT READY" in out.getvalue()


def test_an_advisory_finding_does_not_block() -> None:
    assert verdict(finding(severity=Severity.ADVISORY)).exit_status == 0


def test_a_waived_finding_does_not_block_and_says_so() -> None:
    waived = verdict(finding(waiver=Waiver(by="ada", reason="known", until=None)))
    assert waived.ready
    assert [c.status for c in waived.criteria if c.id == "hydra"] == [Status.WAIVED]


def test_an_undecided_criterion_is_not_assessed_and_keeps_the_verdict_from_ready() -> None:
    undecided = verdict(undecided={"hydra": "the composition did not finish"})
    assert undecided.exit_status == 3
    assert "not assessed, the composition did not finish" in undecided.issue


def test_a_required_rung_that_did_not_run_leaves_criteria_open() -> None:
    report = RungReport(name=RungName.STATIC, status=RungStatus.ANSWERED, seconds=0, detail="")
    open_ = decide(PROFILES["experiment"], [RungResult(report=report)], tuple(RungName))
    assert open_.exit_status == 3
    assert {c.id for c in open_.criteria if c.status is Status.PASS} == {"file-structure", "configuration-files"}


def test_a_rung_that_did_not_answer_decides_nothing() -> None:
    report = RungReport(name=RungName.STATIC, status=RungStatus.INCOMPLETE, seconds=0, detail="killed")
    nothing = decide(PROFILES["base"], [RungResult(report=report)], STATIC)
    assert {c.status for c in nothing.criteria} == {Status.NOT_ASSESSED}
    assert nothing.exit_status == 3
