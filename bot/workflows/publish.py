"""Everything that a review writes to GitHub, so that a step that runs twice shows nothing twice.

Steps are at-least-once: a process may die after GitHub took a write and before the step was recorded. So each write has
a step of its own, and each step first looks at what GitHub holds. A check run is concluded last: once it is green or
red, everything else is in its place.
"""

import logging
import time
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from bot.core.annotations import BATCH, annotations, missing
from bot.core.comments import Review, elsewhere, mentioned, posted, review
from bot.core.placement import commentable
from bot.core.published import CheckOutput, CheckRun, Conclusion
from bot.core.rendering import broken, cancelled, progress, queued, verdict_output
from bot.core.subject import Subject
from bot.edges.protocols import Gone, Host, Refused, Repository
from bot.edges.steps import Step
from checks.verdict import Verdict

GITHUB = "https://github.com"
SUPERSEDED = "The pull request has moved on or was closed; this commit is no longer under review."

PAUSES = (0.0, 2.0, 5.0)
"""Looks at a pull request whose head is not the reviewed commit, each after so many seconds."""

Ranges = dict[str, list[list[int]]]
Standing = Literal["current", "other head", "closed"]
ReviewOutcome = Literal["posted", "listed", "nothing new", "already there", "superseded", "refused"]

_log = logging.getLogger(__name__)


def open_check(repository: Repository, subject: Subject) -> int:
    """The id of the subject's check run: found by its external id, or created, queued.

    One that is completed belongs to an earlier review, and a new one takes its place.
    """
    held = repository.checks.find(subject.head_sha, subject.review_id)
    if held is None or held.status == "completed":
        held = repository.checks.create(subject.head_sha, subject.review_id, queued())
    return held.id


def show_progress(repository: Repository, check_run_id: int, rung: str, detail: str = "") -> None:
    """Set the check run in progress and say which rung is under way."""
    repository.checks.start(check_run_id, progress(rung, detail))


def conclude_error(repository: Repository, subject: Subject, check_run_id: int, reason: str) -> None:
    """Conclude ``failure`` with the reason why there is no verdict; a check run that is completed stays as it is."""
    _conclude(repository, subject, "failure", broken(reason), check_run_id)


def conclude_cancelled(repository: Repository, subject: Subject, reason: str, check_run_id: int | None = None) -> None:
    """Conclude ``cancelled``, where the subject has a check run that is not completed.

    Args:
        repository: where.
        subject: what is not under review any more.
        reason: what to tell a person.
        check_run_id: its check run, where that is known: GitHub's list may not show it yet.
    """
    held = repository.checks.find(subject.head_sha, subject.review_id)
    known = held.id if held else check_run_id
    if known is not None:
        _conclude(repository, subject, "cancelled", cancelled(reason), known)


def publish_verdict(
    step: Step,
    host: Host,
    subject: Subject,
    check_run_id: int,
    verdict: Verdict,
    web_url: str = GITHUB,
    pauses: Sequence[float] = PAUSES,
) -> Conclusion:
    """Annotations, then the review, then the conclusion; work that was superseded writes nothing but ``cancelled``.

    Args:
        step: runs one durable step.
        host: GitHub.
        subject: what the verdict is about.
        check_run_id: the check run that ``open_check`` gave.
        verdict: what was decided.
        web_url: where people see the repository, for links.
        pauses: seconds before each look at a head that is another one, since GitHub may show a push late.

    Returns:
        How the check run was concluded.

    Raises:
        StepFailed: GitHub did not take a write that the verdict cannot do without.
    """
    publication = _Publication(host, subject, check_run_id, verdict, web_url)
    standing: Standing = "other head"
    for look, pause in enumerate(pauses):
        standing = step(f"publish:standing:{look}", publication.standing, pause)
        if standing != "other head":
            break
    if standing != "current":
        return step("publish:conclude", publication.conclude, {})
    ranges = step("publish:read-diff", publication.read_diff)
    for batch in range(publication.batches):
        step(f"publish:annotate:{batch}", publication.annotate, batch)
    step("publish:review", publication.post_review, ranges)
    return step("publish:conclude", publication.conclude, ranges)


class _Publication:
    """One verdict on its way to one pull request; every method is the body of a step."""

    def __init__(self, host: Host, subject: Subject, check_run_id: int, verdict: Verdict, web_url: str) -> None:
        self._repository = host.repository(subject.installation_id, subject.repository_id)
        self._subject = subject
        self._check_run_id = check_run_id
        self._verdict = verdict
        self._base = f"{web_url.rstrip('/')}/{quote(subject.repository)}/blob/{subject.head_sha}"

    @property
    def batches(self) -> int:
        """Requests that all annotations take when GitHub holds none yet."""
        return -(-len(annotations(self._verdict.findings)) // BATCH)

    def standing(self, pause: float = 0) -> Standing:
        """How the reviewed commit stands in its pull request, after a pause in seconds."""
        time.sleep(pause)
        state = self._repository.pulls.state(self._subject.pull_number)
        if state.state != "open":
            return "closed"
        return "current" if state.head_sha == self._subject.head_sha else "other head"

    def read_diff(self) -> Ranges:
        """Commentable lines by path; none where GitHub cannot show the diff, as with one too large for it."""
        try:
            return commentable(self._repository.pulls.changed_files(self._subject.pull_number))
        except Refused:
            return {}

    def annotate(self, batch: int) -> int:
        """Append what GitHub lacks of one batch of annotations, all earlier ones being sent; how many that was."""
        checks, held = self._repository.checks, self._held()
        if held is not None and held.status == "completed":
            return 0
        check_run_id = held.id if held else self._check_run_id
        all_, start = annotations(self._verdict.findings), batch * BATCH
        lacking = missing(all_[start : start + BATCH], checks.annotations(check_run_id), all_[:start])
        if not lacking:
            return 0
        try:
            checks.annotate(check_run_id, progress("publishing"), lacking)
        except Refused as refusal:
            # One path that GitHub does not like refuses fifty; the check run's text has the findings all the same.
            _log.warning("annotations refused: %s", refusal, extra={"review": self._subject.review_id})
            return 0
        return len(lacking)

    def post_review(self, ranges: Ranges) -> ReviewOutcome:
        """Post the review, unless it is there, says nothing new or comes too late; how that went.

        When GitHub refuses the inline comments, the review lists all findings instead; when it refuses that too, as for
        a locked conversation, the check run has to do.
        """
        pulls, number = self._repository.pulls, self._subject.pull_number
        bodies = pulls.review_bodies(number)
        if posted(bodies, self._subject.review_id):
            return "already there"
        said, held = mentioned(bodies), self._held()
        url = held.url if held else ""
        wanted = review(self._verdict, self._subject.review_id, ranges, said, self._base, url)
        if wanted is None:
            return "nothing new"
        if self.standing() != "current":
            return "superseded"
        if self._posted(wanted):
            return "posted"
        listed = review(self._verdict, self._subject.review_id, {}, said, self._base, url)
        return "listed" if wanted.comments and listed and self._posted(listed) else "refused"

    def conclude(self, ranges: Ranges) -> Conclusion:
        """Complete the check run: success only for a ready verdict on the pull request's present head."""
        if self.standing() != "current":
            conclude_cancelled(self._repository, self._subject, SUPERSEDED, self._check_run_id)
            return "cancelled"
        conclusion: Conclusion = "success" if self._verdict.ready else "failure"
        _conclude(self._repository, self._subject, conclusion, self._output(ranges), self._check_run_id)
        return conclusion

    def _posted(self, wanted: Review) -> bool:
        number, head_sha = self._subject.pull_number, self._subject.head_sha
        try:
            self._repository.pulls.create_review(number, head_sha, wanted.body, wanted.comments)
        except Refused as refusal:
            _log.warning("review refused: %s", refusal, extra={"review": self._subject.review_id})
            return False
        return True

    def _held(self) -> CheckRun | None:
        return self._repository.checks.find(self._subject.head_sha, self._subject.review_id)

    def _output(self, ranges: Ranges) -> CheckOutput:
        return verdict_output(self._verdict, elsewhere(self._verdict.findings, ranges), self._base)


def _conclude(
    repository: Repository, subject: Subject, conclusion: Conclusion, output: CheckOutput, check_run_id: int
) -> None:
    checks = repository.checks
    runs = checks.all(subject.head_sha, subject.review_id)
    for run in runs[:-1]:
        # One that GitHub created without our hearing of it, and did not list when we looked.
        if run.status != "completed":
            checks.complete(run.id, conclusion, output)
    held = runs[-1] if runs else None
    if held is not None and held.status == "completed":
        if conclusion == "cancelled" or held.conclusion != "cancelled":
            return
        # Cancelled for an earlier review of this commit, after this one had taken the check run over.
        held = checks.create(subject.head_sha, subject.review_id, queued())
    try:
        checks.complete(held.id if held else check_run_id, conclusion, output)
    except Gone:
        # Created anew, so that a required check never waits for ever; where the repository is gone this raises again.
        checks.complete(checks.create(subject.head_sha, subject.review_id, queued()).id, conclusion, output)
