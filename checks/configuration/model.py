"""The settings of ``.github/referee.yml``, and how they bear on a profile and on findings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from checks.finding import Finding, Frozen, Severity, Waiver
from checks.profiles import Profile
from checks.verdict import Adjustment

MOST_PATTERNS = 100
"""Most patterns of extra files."""

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^/\\\x00\n][^\\\x00\n]*$")]
Folder = Annotated[str, StringConstraints(max_length=200, pattern=r"^config(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$")]
Path = Annotated[str, StringConstraints(max_length=400, pattern=r"^[^/\\\x00\n][^\\\x00\n]*$")]
Severities = Mapping[str, Severity]


class WaiverEntry(Frozen):
    """A finding that somebody accepts."""

    fingerprint: str = Field(pattern=r"^[0-9a-f]{16}$", description="The finding's fingerprint, 16 hexadecimal digits")
    reason: Reason = Field(description="Why it is accepted")
    by: str = Field("the configuration", min_length=1, max_length=100, description="Who accepts it")
    until: date | None = Field(None, description="Last day on which the waiver holds; for ever when absent")

    def holds(self, today: date) -> bool:
        """Whether the waiver is still good on a day."""
        return self.until is None or today <= self.until


class Configuration(Frozen):
    """The whole file; every key may be absent."""

    profile: Literal["auto", "base", "experiment"] = Field("auto", description="By which profile the tree is judged")
    extra_files: tuple[Pattern, ...] = Field(
        (),
        max_length=MOST_PATTERNS,
        description="Globs of files that the profile's file list lets pass besides its own",
    )
    severities: Severities = Field(default_factory=dict, description="Rule identifier to `blocking` or `advisory`")
    rules_off: Mapping[str, Reason] = Field(
        default_factory=dict, description="Rule identifier to the reason why it is not run"
    )
    waivers: tuple[WaiverEntry, ...] = Field((), max_length=1000, description="Findings that are accepted")
    run_folder: Folder | None = Field(None, description="Where run configurations lie, instead of `config/runs`")
    research_context: Path | None = Field(None, description="Where the research context lies in the tree")

    def applied_to(self, profile: Profile) -> Profile:
        """The profile with this configuration's file list and run folder."""
        runs = profile.run_configs
        if self.run_folder is not None and runs is not None:
            runs = f"{self.run_folder}/*.yaml"
        return replace(profile, run_configs=runs, extra_files=self.extra_files)

    def settled(self, findings: Iterable[Finding], today: date) -> tuple[Finding, ...]:
        """The findings with the severities and the waivers that hold on ``today``."""
        waivers = {entry.fingerprint: entry for entry in self.waivers if entry.holds(today)}
        return tuple(self._settled(finding, waivers.get(finding.fingerprint)) for finding in findings)

    def _settled(self, finding: Finding, entry: WaiverEntry | None) -> Finding:
        waiver = finding.waiver
        if entry is not None:
            waiver = Waiver(by=entry.by, reason=entry.reason, until=entry.until.isoformat() if entry.until else None)
        severity = self.severities.get(finding.rule, finding.severity)
        return finding.model_copy(update={"severity": severity, "waiver": waiver})

    def adjustments(
        self, findings: Iterable[Finding], today: date, criteria: Mapping[str, str]
    ) -> Iterator[Adjustment]:
        """What of this configuration changes what a verdict says, for the verdict to say so itself.

        Args:
            findings: the findings as the rungs gave them.
            today: the day of the review.
            criteria: the criterion of each rule that is off.
        """
        for rule, reason in self.rules_off.items():
            yield Adjustment(subject=rule, what="not run", reason=reason, criterion=criteria.get(rule, ""))
        found = {finding.rule: finding for finding in findings if self.severities.get(finding.rule)}
        for rule, finding in found.items():
            if self.severities[rule] is not finding.severity:
                yield Adjustment(subject=rule, what=f"{self.severities[rule]} instead of {finding.severity}")
        prints = {finding.fingerprint for finding in findings}
        for entry in self.waivers:
            if not entry.holds(today):
                yield Adjustment(
                    subject=entry.fingerprint, what=f"waiver expired on {entry.until}", reason=entry.reason
                )
            elif entry.fingerprint not in prints:
                yield Adjustment(subject=entry.fingerprint, what="waiver matches no finding", reason=entry.reason)
