"""Pull requests and the files they change."""

from bot.demo.standin.merging import merge_state
from bot.demo.standin.patch import ChangedFile
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.basics import node_id, stamp, user
from bot.demo.standin.shapes.repository import repository, repository_url
from bot.demo.standin.state import Pull, Repository, World


def short_pull(world: World, repo: Repository, pull: Pull) -> Json:
    """A pull request as lists answer it."""
    api = repository_url(world, repo)
    url, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
    html = f"{world.config.url}/{repo.full_name}/pull/{pull.number}"
    links = {
        "self": url,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{repo.head_sha(pull)}",
    }
    return {
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "number": pull.number,
        "url": url,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        **{f"{name}_url": links[name] for name in ("comments", "review_comments", "review_comment", "commits")},
        "statuses_url": links["statuses"],
        "_links": {name: {"href": href} for name, href in links.items()},
        "state": pull.state,
        "locked": False,
        "draft": pull.draft,
        "title": pull.title,
        "body": pull.body or None,
        "user": user(world, pull.author),
        "author_association": "OWNER" if pull.author == repo.owner else "CONTRIBUTOR",
        "head": _side(world, repo, pull.head, repo.head_sha(pull)),
        "base": _side(world, repo, pull.base, repo.base_sha(pull)),
        "labels": [],
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "active_lock_reason")),
        "merge_commit_sha": pull.merge_commit,
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(repo.commits[repo.head_sha(pull)].date),
        "closed_at": stamp(pull.closed_at),
        "merged_at": stamp(pull.closed_at) if pull.merge_commit else None,
    }


def full_pull(world: World, repo: Repository, pull: Pull) -> Json:
    """A pull request as it is answered alone, and as webhooks carry it."""
    changes = repo.changes(pull)
    state = merge_state(repo, pull)
    return {
        **short_pull(world, repo, pull),
        "merged": pull.merge_commit is not None,
        "merged_by": user(world, pull.merged_by) if pull.merged_by else None,
        "mergeable": None if pull.state == "closed" else True,
        "rebaseable": None,
        "mergeable_state": state.name,
        "maintainer_can_modify": False,
        "comments": 0,
        "review_comments": sum(len(review.comments) for review in pull.reviews),
        "commits": len(repo.own_commits(pull)),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }


def changed_file(world: World, repo: Repository, sha: str, change: ChangedFile) -> Json:
    """One file of the diff that ends at a commit; without ``patch`` where GitHub sends none either."""
    web = f"{world.config.url}/{repo.full_name}"
    body: Json = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{web}/blob/{sha}/{change.path}",
        "raw_url": f"{web}/raw/{sha}/{change.path}",
        "contents_url": f"{repository_url(world, repo)}/contents/{change.path}?ref={sha}",
    }
    return body if change.patch is None else {**body, "patch": change.patch}


def _side(world: World, repo: Repository, branch: str, sha: str) -> Json:
    return {
        "label": f"{repo.owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": user(world, repo.owner),
        "repo": repository(world, repo),
    }
