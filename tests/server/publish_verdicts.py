"""Verdicts to publish, made as the engine makes them."""

from checks.finding import Evidence, Finding, Fix, RungName, Severity, fingerprints
from checks.profiles import PROFILES
from checks.verdict import RungReport, RungResult, RungStatus, SubjectInfo, Verdict, decide


def finding(
    path: str | None = "src/train.py",
    line: int | None = 3,
    end_line: int | None = None,
    message: str = "The results are written as JSON.",
    *,
    rule: str = "wandb/json-dump-in-train",
    blocking: bool = True,
    text: str = "json.dump(results, out)",
    replacement: str | None = None,
) -> Finding:
    return Finding(
        rule=rule,
        criterion="wandb",
        rung=RungName.STATIC,
        severity=Severity.BLOCKING if blocking else Severity.ADVISORY,
        path=path,
        line=line,
        end_line=end_line,
        message=message,
        evidence=(Evidence(text=text, path=path, line=line),) if path else (),
        fix=Fix(summary="Log it with wandb.", replacement=replacement),
        fingerprint=fingerprints([(rule, path or "", f"{message}{line}")])[0],
    )


def verdict(*findings: Finding) -> Verdict:
    report = RungReport(name=RungName.STATIC, status=RungStatus.ANSWERED, seconds=1.2, detail="9 files")
    result = RungResult(report=report, findings=findings)
    subject = SubjectInfo(repository="octo/experiment", head_sha="a" * 40, pull_request=3)
    return decide(PROFILES["experiment"], [result], [RungName.STATIC], subject)
