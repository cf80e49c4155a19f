"""Check runs of one repository."""

from collections.abc import Sequence
from typing import Any

from github.CheckRun import CheckRun as RemoteCheckRun
from github.GithubObject import NotSet
from github.PaginatedList import PaginatedList
from github.Repository import Repository

from bot.core.published import CHECK_NAME, Annotation, AnnotationLevel, CheckOutput, CheckRun, Conclusion
from bot.edges.github.app import App
from bot.edges.github.session import Session
from bot.edges.protocols import Gone

LEVELS: dict[str, AnnotationLevel] = {"failure": "failure", "warning": "warning", "notice": "notice"}


class GitHubCheckRuns:
    """``protocols.CheckRuns`` on GitHub."""

    def __init__(self, session: Session, app: App) -> None:
        self._session = session
        self._app = app

    def find(self, head_sha: str, external_id: str) -> CheckRun | None:
        """Our newest check run with this external id on this commit; one of another App is never taken for ours."""
        return next(reversed(self.all(head_sha, external_id)), None)

    def all(self, head_sha: str, external_id: str) -> list[CheckRun]:
        """Every check run of ours with this external id on this commit, oldest first."""
        app_id = self._app.identity.id

        def ask(repository: Repository) -> list[CheckRun]:
            parameters = {"check_name": CHECK_NAME, "filter": "all", "app_id": app_id}
            runs: PaginatedList[RemoteCheckRun] = PaginatedList(
                RemoteCheckRun,
                repository.requester,
                f"{repository.url}/commits/{head_sha}/check-runs",
                parameters,
                list_item="check_runs",
            )
            ours = [run for run in runs if run.external_id == external_id and _made_by(run, app_id)]
            return [_ours(run) for run in sorted(ours, key=lambda run: run.id)]

        return self._session.read("check runs", ask)

    def create(self, head_sha: str, external_id: str, output: CheckOutput) -> CheckRun:
        """A new check run, queued."""

        def ask(repository: Repository) -> CheckRun:
            return _ours(
                repository.create_check_run(
                    name=CHECK_NAME,
                    head_sha=head_sha,
                    external_id=external_id,
                    status="queued",
                    output=_output(output),
                )
            )

        return self._session.write("new check run", ask)

    def start(self, check_run_id: int, output: CheckOutput) -> None:
        """Set it in progress with this output."""
        self._edit(check_run_id, status="in_progress", output=_output(output))

    def annotations(self, check_run_id: int) -> Sequence[Annotation]:
        """The annotations that GitHub already holds for it, all pages."""

        def ask(repository: Repository) -> list[Annotation]:
            held = repository.get_check_run(check_run_id).get_annotations()
            return [_annotation(annotation) for annotation in held if annotation.path]

        return self._session.read("annotations", ask)

    def annotate(self, check_run_id: int, output: CheckOutput, annotations: Sequence[Annotation]) -> None:
        """Append at most 50 annotations."""
        added = [
            {
                "path": annotation.path,
                "start_line": annotation.start_line,
                "end_line": annotation.end_line,
                "annotation_level": annotation.level,
                "title": annotation.title,
                "message": annotation.message,
            }
            for annotation in annotations
        ]
        self._edit(check_run_id, status="in_progress", output={**_output(output), "annotations": added})

    def complete(self, check_run_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        """Conclude it."""
        self._edit(check_run_id, status="completed", output=_output(output), conclusion=conclusion)

    def _edit(self, check_run_id: int, *, status: str, output: dict[str, Any], conclusion: str = "") -> None:
        def ask(repository: Repository) -> None:
            run = repository.get_check_run(check_run_id)
            run.edit(status=status, output=output, conclusion=conclusion or NotSet)
            _answered(run.id if run.completed and run.status else None, "check run")

        self._session.write(f"check run {check_run_id}", ask)


def _output(output: CheckOutput) -> dict[str, Any]:
    told = {"title": output.title, "summary": output.summary}
    return {**told, "text": output.text} if output.text else told


def _made_by(run: RemoteCheckRun, app_id: int) -> bool:
    # GitHub has filtered by App already; a server that leaves the App out is believed to have done so.
    return run.app is None or run.app.id == app_id


def _ours(run: RemoteCheckRun) -> CheckRun:
    _answered(run.id, "check run")
    return CheckRun(run.id, run.head_sha, run.external_id or "", run.status, run.conclusion, run.html_url or "")


def _annotation(remote: Any) -> Annotation:
    level = LEVELS.get(remote.annotation_level, "notice")
    return Annotation(remote.path, remote.start_line, remote.end_line, level, remote.title or "", remote.message or "")


def _answered(identifier: int | None, what: str) -> None:
    # A redirect (307 after a rename) is no error to PyGithub: it hands back an object without content.
    if not identifier:
        raise Gone(f"{what}: GitHub answered without content; the repository may have moved")
