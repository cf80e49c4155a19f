"""What a review is about, and the names that are derived from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """One commit of one pull request.

    Args:
        installation_id: the App's installation that may act on the repository.
        repository_id: GitHub's number for the repository; survives a rename.
        repository: ``owner/name``, for links and people.
        pull_number: the pull request's number.
        head_sha: full SHA of the commit under review.
        base_sha: full SHA of the base branch's tip, as the event said.
    """

    installation_id: int
    repository_id: int
    repository: str
    pull_number: int
    head_sha: str
    base_sha: str

    @property
    def review_id(self) -> str:
        """Identifier of the review's workflow and the check run's external id: the same subject gives the same."""
        return f"{self.pull_request_key}:{self.head_sha}"

    @property
    def pull_request_key(self) -> str:
        """What all reviews of one pull request share."""
        return f"review:{self.repository_id}:{self.pull_number}"
