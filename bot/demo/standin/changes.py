"""What people do to a repository: push, open, close, merge. Each change is told to the App as GitHub would."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from bot.demo.standin.errors import RefusedError
from bot.demo.standin.events import pull_event
from bot.demo.standin.identity import world_of
from bot.demo.standin.state import Commit, Pull, Repository, now


@dataclass(frozen=True, slots=True)
class NewPull:
    """A pull request to open."""

    title: str
    body: str
    author: str
    head: str
    base: str
    draft: bool


def open_pull(request: Request, repo: Repository, new: NewPull) -> Pull:
    """Open a pull request between two branches."""
    for branch in (new.head, new.base):
        if branch not in repo.branches:
            raise RefusedError(422, f"There is no branch {branch}")
    world = world_of(request)
    number = max(repo.pulls, default=0) + 1
    pull = Pull(world.number(), number, new.title, new.body, new.author, new.base, new.head, now(), draft=new.draft)
    if not repo.own_commits(pull):
        raise RefusedError(422, f"No commits between {new.base} and {new.head}")
    repo.pulls[number] = pull
    pull.shas.append(repo.head_sha(pull))
    pull_event(request, "opened", repo, pull, new.author)
    return pull


def push(
    request: Request, repo: Repository, branch: str, files: Mapping[str, bytes], message: str, author: str
) -> Commit:
    """Put a commit on a branch; every open pull request from that branch is told as ``synchronize``."""
    before = repo.branches.get(branch)
    if before is None:
        repo.branches[branch] = repo.branches[repo.default_branch]
    commit = repo.commit(branch, files, message, author)
    for pull in repo.pulls.values():
        if pull.state == "open" and pull.head == branch:
            pull.shas.append(commit.sha)
            pull_event(request, "synchronize", repo, pull, author, {"before": before, "after": commit.sha})
    return commit


def close(request: Request, repo: Repository, pull: Pull, sender: str) -> None:
    """Close without merging."""
    _finish(repo, pull)
    pull_event(request, "closed", repo, pull, sender)


def reopen(request: Request, repo: Repository, pull: Pull, sender: str) -> None:
    """Open again; refused for one that was merged."""
    if pull.merge_commit:
        raise RefusedError(422, "Validation Failed", ["A merged pull request cannot be reopened"])
    pull.state, pull.closed_at, pull.final_head_sha, pull.final_base_sha = "open", None, None, None
    pull_event(request, "reopened", repo, pull, sender)


def set_draft(request: Request, repo: Repository, pull: Pull, sender: str, *, draft: bool) -> None:
    """Turn into a draft, or mark as ready for review."""
    if pull.draft != draft:
        pull.draft = draft
        pull_event(request, "converted_to_draft" if draft else "ready_for_review", repo, pull, sender)


def merge(request: Request, repo: Repository, pull: Pull, sender: str, title: str | None) -> Commit:
    """Merge by a merge commit. The merged tree is the head's with the base's own new files kept; real conflicts are
    refused rather than guessed at.
    """
    base, head, common = repo.commits[repo.base_sha(pull)], repo.commits[repo.head_sha(pull)], repo.merge_base(pull)
    files = _merged(common.files, base.files, head.files)
    _finish(repo, pull)
    message = title or f"Merge pull request #{pull.number} from {repo.owner}/{pull.head}"
    commit = repo.commit(pull.base, files, message, sender, also=head.sha)
    pull.merge_commit, pull.merged_by = commit.sha, sender
    pull_event(request, "closed", repo, pull, sender)
    return commit


def _finish(repo: Repository, pull: Pull) -> None:
    pull.final_head_sha, pull.final_base_sha = repo.head_sha(pull), repo.base_sha(pull)
    pull.state, pull.closed_at = "closed", now()


def _merged(common: Mapping[str, bytes], ours: Mapping[str, bytes], theirs: Mapping[str, bytes]) -> dict[str, bytes]:
    merged: dict[str, bytes] = {}
    for path in {*common, *ours, *theirs}:
        before, mine, other = common.get(path), ours.get(path), theirs.get(path)
        if len({before, mine, other}) == 3:
            raise RefusedError(409, f"Both sides changed {path}; the stand-in does not merge inside a file")
        content = other if mine == before else mine
        if content is not None:
            merged[path] = content
    return merged
