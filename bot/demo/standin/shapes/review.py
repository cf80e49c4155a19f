"""Reviews and their comments."""

from bot.demo.standin.patch import row_at
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.basics import node_id, stamp, user
from bot.demo.standin.shapes.repository import repository_url
from bot.demo.standin.state import Pull, Repository, Review, ReviewComment, World


def review(world: World, repo: Repository, pull: Pull, one: Review) -> Json:
    """A submitted review."""
    html = f"{world.config.url}/{repo.full_name}/pull/{pull.number}#pullrequestreview-{one.id}"
    url = f"{repository_url(world, repo)}/pulls/{pull.number}"
    return {
        "id": one.id,
        "node_id": node_id("PullRequestReview", one.id),
        "user": user(world, one.author),
        "body": one.body,
        "state": one.state,
        "commit_id": one.commit_id,
        "submitted_at": stamp(one.submitted_at),
        "html_url": html,
        "pull_request_url": url,
        "author_association": "NONE",
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
    }


def comment(world: World, repo: Repository, pull: Pull, one: ReviewComment) -> Json:
    """A comment under a line; ``line`` and ``position`` are null once a push has moved the line out of the diff."""
    api = repository_url(world, repo)
    html = f"{world.config.url}/{repo.full_name}/pull/{pull.number}#discussion_r{one.id}"
    url = f"{api}/pulls/comments/{one.id}"
    current = is_current(repo, pull, one)
    return {
        "id": one.id,
        "node_id": node_id("PullRequestReviewComment", one.id),
        "pull_request_review_id": one.review_id,
        "url": url,
        "html_url": html,
        "pull_request_url": f"{api}/pulls/{pull.number}",
        "diff_hunk": one.diff_hunk,
        "path": one.path,
        "commit_id": one.commit_id,
        "original_commit_id": one.commit_id,
        "user": user(world, one.author),
        "body": one.body,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "author_association": "NONE",
        "_links": {
            "self": {"href": url},
            "html": {"href": html},
            "pull_request": {"href": f"{api}/pulls/{pull.number}"},
        },
        "line": one.line if current else None,
        "original_line": one.line,
        "side": one.side,
        "start_line": one.start_line if current else None,
        "original_start_line": one.start_line,
        "start_side": one.start_side,
        "position": one.position if current else None,
        "original_position": one.position,
        "subject_type": "line",
    }


def is_current(repo: Repository, pull: Pull, one: ReviewComment) -> bool:
    """Whether the commented line is unchanged in the diff's newest version, at the same number."""
    if one.commit_id == repo.head_sha(pull):
        return True
    patches = {change.path: change.patch for change in repo.changes(pull)}
    row = row_at(patches.get(one.path), one.line, one.side)
    return row is not None and one.diff_hunk.endswith(f"\n{_marker(row.kind)}{row.text}")


def _marker(kind: str) -> str:
    return {"added": "+", "removed": "-"}.get(kind, " ")
