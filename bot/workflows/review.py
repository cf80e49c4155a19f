"""Reviews one commit of a pull request, from the queued check run to the published verdict."""

import logging
from collections.abc import Collection, Mapping
from typing import IO, Any, Protocol

from bot.core.published import Conclusion
from bot.core.subject import Subject
from bot.edges.protocols import Host, Repository
from bot.edges.steps import Argument, Step, StepFailed
from bot.workflows import publish
from bot.workflows.reviews import PUBLISHED
from bot.workflows.supersede import subject_from
from checks.finding import RungName
from checks.loaders.archive import from_tar_gz
from checks.review import review
from checks.verdict import SubjectInfo, Verdict

CRASHED = "The server's process ended during every attempt at this review; its log may say why."

_log = logging.getLogger(__name__)


class Judge(Protocol):
    """The static rung, with the archive's loader before it."""

    def __call__(self, archive: IO[bytes], subject: Subject, /) -> Verdict:
        """The verdict about a .tar.gz stream; ``TreeError`` when it cannot be reviewed."""


class Reviewer:
    """The workflow.

    Args:
        host: GitHub.
        judge: what decides.
        web_url: where people see the repositories, for links.
    """

    def __init__(self, host: Host, judge: Judge, web_url: str) -> None:
        self._host = host
        self._judge = judge
        self._web_url = web_url

    def __call__(self, step: Step, argument: Argument, /) -> str:
        """Open the check run, judge, publish; whatever goes wrong in between concludes the check run as a failure.

        Where GitHub says that the repository or the permission is gone, there is nobody to tell, and the review ends;
        but once there is a check run that may be seen again, as after a suspension, it fails, and is tried again later.
        """
        check_run_id = None
        try:
            check_run_id = step("open the check run", self._open, argument)
            if argument.get("crashed"):
                return self._conclude(step, argument, check_run_id, CRASHED)
            return self._reviewed(step, argument, check_run_id)
        except StepFailed as failure:
            if failure.gone and check_run_id is None and not argument.get("retried"):
                return "gone"
            raise

    def _reviewed(self, step: Step, argument: Argument, check_run_id: int) -> str:
        subject = subject_from(argument)
        try:
            verdict = self._climb(step, argument, check_run_id)
            conclusion = publish.publish_verdict(step, self._host, subject, check_run_id, verdict, self._web_url)
        except StepFailed as failure:
            return self._conclude(step, argument, check_run_id, failure.reason)
        except Exception as error:
            _log.exception("review broke off", extra={"review": subject.review_id})
            return self._conclude(step, argument, check_run_id, f"an internal error ({type(error).__name__})")
        return _outcome(conclusion)

    def _climb(self, step: Step, argument: Argument, check_run_id: int) -> Verdict:
        step("show the static rung", self._show, argument, check_run_id, RungName.STATIC.value)
        document: Mapping[str, Any] = step("static rung", self._static, argument)
        return Verdict.model_validate(document)

    def _open(self, argument: Argument) -> int:
        subject, repository = self._at(argument)
        return publish.open_check(repository, subject)

    def _show(self, argument: Argument, check_run_id: int, rung: str) -> None:
        _, repository = self._at(argument)
        publish.show_progress(repository, check_run_id, rung, "The files are being read and judged.")

    def _static(self, argument: Argument) -> Mapping[str, Any]:
        subject, repository = self._at(argument)
        archive = repository.snapshots.archive(subject.head_sha)
        try:
            verdict = self._judge(archive, subject)
        finally:
            archive.close()
        return verdict.model_dump(mode="json")

    def _conclude(self, step: Step, argument: Argument, check_run_id: int, reason: str) -> str:
        step("conclude with the error", self._conclude_error, argument, check_run_id, reason)
        return "no verdict"

    def _conclude_error(self, argument: Argument, check_run_id: int, reason: str) -> None:
        subject, repository = self._at(argument)
        publish.conclude_error(repository, subject, check_run_id, reason)

    def _at(self, argument: Argument) -> tuple[Subject, Repository]:
        subject = subject_from(argument)
        return subject, self._host.repository(subject.installation_id, subject.repository_id)


def _outcome(conclusion: Conclusion) -> str:
    return "superseded" if conclusion == "cancelled" else PUBLISHED


def static_judge(required: Collection[RungName]) -> Judge:
    """The real judge: the archive's loader, then the static rung in its child process.

    Args:
        required: the rungs that a ready verdict needs.
    """

    def judge(archive: IO[bytes], subject: Subject) -> Verdict:
        tree = from_tar_gz(archive, origin=f"{subject.repository}@{subject.head_sha}", revision=subject.head_sha)
        info = SubjectInfo(
            repository=subject.repository,
            head_sha=subject.head_sha,
            base_sha=subject.base_sha,
            pull_request=subject.pull_number,
        )
        return review(tree, rungs=(RungName.STATIC,), required=required, subject=info)

    return judge
