"""The answer about one commit: the document that is published, and how it is reached from what the rungs found."""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from importlib.metadata import version
from typing import Literal

from pydantic import Field

from checks.finding import Finding, Frozen, RungName
from checks.profiles import PROFILES, Criterion, Profile

SCHEMA = "referee/verdict/v1"


class Status(StrEnum):
    """How a criterion ended."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    NOT_ASSESSED = "not assessed"
    WAIVED = "waived"


class RungStatus(StrEnum):
    """How a rung ended; only ``answered`` lets a criterion pass."""

    ANSWERED = "answered"
    INCOMPLETE = "incomplete"
    SKIPPED = "skipped"


class RungReport(Frozen):
    """One rung's part of the verdict."""

    name: RungName
    status: RungStatus
    seconds: float = Field(0.0, ge=0, description="Wall-clock seconds")
    detail: str = Field("", description="What it looked at, or why it gave no answer")


class CriterionResult(Frozen):
    """One numbered requirement's end."""

    id: str
    number: int
    title: str
    status: Status
    decided_by: tuple[RungName, ...] = Field((), description="The rungs that the status rests on")
    detail: str = Field("", description="Why it is not assessed, or which rungs with a say were not required")
    looked_at: str = Field("", description="What the rungs that ran looked at for it")


class SubjectInfo(Frozen):
    """What the verdict is about; every field is null for a local directory."""

    repository: str | None = None
    head_sha: str | None = None
    tree_sha: str | None = None
    base_sha: str | None = None
    pull_request: int | None = None


class Adjustment(Frozen):
    """One thing that the repository's configuration changed about the review, or failed to change."""

    subject: str = Field(description="A rule's identifier or a finding's fingerprint")
    what: str = Field(description="What was done")
    reason: str = Field("", description="The reason that the configuration gives")
    criterion: str = Field("", description="The criterion that rests on less because of it")


class ToolInfo(Frozen):
    """What judged."""

    version: str
    profile_version: str
    model: str | None = None


class Verdict(Frozen):
    """Everything about one commit except the two named fields, which ``document`` puts first."""

    profile: str
    ready: bool
    issue: str
    criteria: tuple[CriterionResult, ...]
    findings: tuple[Finding, ...]
    rungs: tuple[RungReport, ...]
    subject: SubjectInfo
    tool: ToolInfo
    adjustments: tuple[Adjustment, ...] = ()

    def fields(self) -> dict[str, bool | str]:
        """The two fields that users consume, named by the profile."""
        profile = PROFILES[self.profile]
        return {profile.ready_field: self.ready, profile.issue_field: self.issue}

    def document(self) -> dict[str, object]:
        """The whole published document, JSON-ready, the two named fields first; see ``verdict.schema.json``."""
        rest = self.model_dump(mode="json", exclude={"ready", "issue", "profile"})
        return {"schema": SCHEMA, "profile": self.profile, **self.fields(), **rest}

    @property
    def exit_status(self) -> Literal[0, 1, 3]:
        """0 ready; 1 something failed; 3 nothing failed but a criterion is not assessed."""
        if self.ready:
            return 0
        failed = any(criterion.status is Status.FAIL for criterion in self.criteria)
        return 1 if failed or any(finding.blocks for finding in self.findings) else 3


class RungResult(Frozen):
    """What a rung hands over: its report, its findings, the criteria it could not decide, with the reason, and what it
    looked at for each criterion.
    """

    report: RungReport
    findings: tuple[Finding, ...] = ()
    undecided: dict[str, str] = Field(default_factory=dict)
    looked: dict[str, str] = Field(default_factory=dict)


def decide(
    profile: Profile,
    results: Sequence[RungResult],
    required: Collection[RungName],
    subject: SubjectInfo | None = None,
    adjustments: Iterable[Adjustment] = (),
) -> Verdict:
    """The verdict that the rungs' results amount to.

    Args:
        profile: what was asked.
        results: one per rung that was tried.
        required: the rungs whose answer a pass needs.
        subject: what was judged.
        adjustments: what the repository's configuration changed.
    """
    findings = tuple(sorted((f for result in results for f in result.findings), key=_order(profile)))
    adjusted = tuple(adjustments)
    criteria = tuple(_criterion(criterion, findings, results, required, adjusted) for criterion in profile.criteria)
    return Verdict(
        profile=profile.name,
        ready=all(criterion.status in (Status.PASS, Status.WAIVED) for criterion in criteria)
        and not any(finding.blocks for finding in findings),
        issue=issue_text(criteria, findings),
        criteria=criteria,
        findings=findings,
        rungs=tuple(result.report for result in results),
        subject=subject or SubjectInfo(),
        tool=ToolInfo(version=version("experiment-referee"), profile_version=profile.version),
        adjustments=adjusted,
    )


def _order(profile: Profile) -> Callable[[Finding], tuple[object, ...]]:
    numbers = {criterion.id: criterion.number for criterion in profile.criteria}
    return lambda f: (not f.blocks, numbers.get(f.criterion, 99), f.path or "", f.line or 0, f.rule)


def _criterion(
    criterion: Criterion,
    findings: Iterable[Finding],
    results: Sequence[RungResult],
    required: Collection[RungName],
    adjustments: Iterable[Adjustment],
) -> CriterionResult:
    mine = [finding for finding in findings if finding.criterion == criterion.id]
    answered = {result.report.name for result in results if result.report.status is RungStatus.ANSWERED}
    undecided = [result.undecided[criterion.id] for result in results if criterion.id in result.undecided]
    needed = [rung for rung in criterion.rungs if rung in required]
    missing = [rung for rung in needed if rung not in answered]
    spared = [rung for rung in criterion.rungs if rung not in required and rung not in answered]
    blocking = [finding for finding in mine if finding.blocks]
    detail = ""
    if blocking:
        status, rungs = Status.FAIL, {finding.rung for finding in blocking}
    elif undecided or missing or not answered.intersection(criterion.rungs):
        status, rungs = Status.NOT_ASSESSED, set()
        waiting = f"waits for {' and '.join(missing or criterion.rungs)}" if missing or not undecided else ""
        detail = "; ".join([*undecided, *([waiting] if waiting else [])])
    else:
        off = [adjustment.subject for adjustment in adjustments if adjustment.criterion == criterion.id]
        waived = off or any(finding.waiver for finding in mine)
        without = [*spared, *(f"rule {rule}" for rule in off)]
        detail = f"rests without {' and '.join(without)}" if without else ""
        status, rungs = (Status.WAIVED if waived else Status.PASS), answered.intersection(criterion.rungs)
    return CriterionResult(
        id=criterion.id,
        number=criterion.number,
        title=criterion.title,
        status=status,
        decided_by=tuple(rung for rung in RungName if rung in rungs),
        detail=detail,
        looked_at="; ".join(result.looked[criterion.id] for result in results if criterion.id in result.looked),
    )


def issue_text(criteria: Sequence[CriterionResult], findings: Iterable[Finding]) -> str:
    """The text that says what is wrong, numbered by requirement; empty when nothing is."""
    points = []
    for result in criteria:
        for finding in findings:
            if finding.criterion == result.id and finding.blocks:
                place = f"{finding.place}: " if finding.place else ""
                points.append(f"Requirement {result.number} ({result.title}): {place}{finding.message}")
    points += [
        f"Requirement {result.number} ({result.title}): not assessed, {result.detail}."
        for result in criteria
        if result.status is Status.NOT_ASSESSED
    ]
    return "\n".join(points)
