"""Pull requests of one repository."""

from collections.abc import Sequence

from github.PullRequest import ReviewComment
from github.Repository import Repository

from bot.core.published import ChangedFile, InlineComment, PullRequestState
from bot.edges.github.app import App
from bot.edges.github.session import Session
from bot.edges.protocols import Gone


class GitHubPullRequests:
    """``protocols.PullRequests`` on GitHub."""

    def __init__(self, session: Session, app: App) -> None:
        self._session = session
        self._app = app

    def state(self, number: int) -> PullRequestState:
        """How the pull request is now."""

        def ask(repository: Repository) -> PullRequestState:
            pull = repository.get_pull(number)
            return PullRequestState(number, pull.state, bool(pull.draft), pull.head.sha, pull.base.sha)

        return self._session.read(f"pull request {number}", ask)

    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """The files of its diff, all pages. Raises Refused where the diff is too large for GitHub (406)."""

        def ask(repository: Repository) -> list[ChangedFile]:
            files = repository.get_pull(number).get_files()
            return [ChangedFile(file.filename, file.status, file.patch) for file in files]

        return self._session.read(f"files of pull request {number}", ask)

    def review_bodies(self, number: int) -> Sequence[str]:
        """Bodies of the reviews that this App has posted on it; those of others may imitate ours and are left out."""
        login = self._app.identity.login

        def ask(repository: Repository) -> list[str]:
            reviews = repository.get_pull(number).get_reviews()
            return [review.body or "" for review in reviews if review.user is not None and review.user.login == login]

        return self._session.read(f"reviews of pull request {number}", ask)

    def create_review(self, number: int, head_sha: str, body: str, comments: Sequence[InlineComment]) -> None:
        """One review, event COMMENT, with inline comments on the new side."""

        def ask(repository: Repository) -> None:
            review = repository.get_pull(number).create_review(
                commit=repository.get_commit(head_sha),
                body=body,
                event="COMMENT",
                comments=[_comment(comment) for comment in comments],
            )
            if not review.id:
                raise Gone(f"review of pull request {number}: GitHub answered without content")

        self._session.write(f"review of pull request {number}", ask)


def _comment(comment: InlineComment) -> ReviewComment:
    placed: ReviewComment = {"path": comment.path, "line": comment.line, "side": "RIGHT", "body": comment.body}
    if comment.start_line is not None:
        placed["start_line"], placed["start_side"] = comment.start_line, "RIGHT"
    return placed
