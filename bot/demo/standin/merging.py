"""Whether a pull request may be merged, by the rules that GitHub applies to required checks."""

from dataclasses import dataclass
from typing import Literal

from bot.demo.standin.state import CheckRun, Pull, Repository, RequiredCheck

SATISFYING = frozenset({"success", "neutral", "skipped"})
"""Conclusions that satisfy a required check. Source: GitHub's documentation of protected branches."""


@dataclass(frozen=True, slots=True)
class MergeState:
    """The answer.

    Args:
        name: GitHub's ``mergeable_state``.
        unmet: the required checks that are not satisfied on the head commit.
    """

    name: Literal["clean", "blocked", "draft", "unknown"]
    unmet: tuple[RequiredCheck, ...] = ()

    @property
    def reason(self) -> str:
        """GitHub's sentence for a refused merge."""
        if self.name == "draft":
            return "Pull Request is still a draft"
        if self.name == "unknown":
            return "Pull Request is not mergeable"
        count = len(self.unmet)
        return (
            f'Required status check "{self.unmet[0].context}" is expected or failing.'
            if count == 1
            else (f"{count} of the required status checks have not succeeded.")
        )


def latest_run(repo: Repository, sha: str, required: RequiredCheck) -> CheckRun | None:
    """The newest check run on a commit that a required check looks at."""
    runs = [
        run
        for run in repo.checks.values()
        if run.head_sha == sha and run.name == required.context and required.app_id in {None, run.app_id}
    ]
    return max(runs, key=lambda run: run.id, default=None)


def merge_state(repo: Repository, pull: Pull) -> MergeState:
    """Whether the pull request may be merged now, and what stands in its way."""
    if pull.state == "closed":
        return MergeState("unknown")
    if pull.draft:
        return MergeState("draft")
    sha = repo.head_sha(pull)
    unmet = tuple(
        required
        for required in repo.required.get(pull.base, ())
        if (run := latest_run(repo, sha, required)) is None or run.conclusion not in SATISFYING
    )
    return MergeState("blocked" if unmet else "clean", unmet)
