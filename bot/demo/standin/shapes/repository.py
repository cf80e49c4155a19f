"""Repositories, commits and what a branch demands."""

from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.basics import node_id, stamp, user
from bot.demo.standin.state import Commit, Repository, World

_TEMPLATES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}

_OFF = (
    *("fork", "archived", "disabled", "is_template", "allow_forking", "web_commit_signoff_required"),
    *("has_issues", "has_projects", "has_downloads", "has_wiki", "has_pages", "has_discussions"),
)

_ZERO = (
    *("forks", "forks_count", "stargazers_count", "watchers", "watchers_count"),
    *("size", "network_count", "subscribers_count"),
)


def repository(world: World, repo: Repository) -> Json:
    """A repository, with every field of GitHub's full answer."""
    html = f"{world.config.url}/{repo.full_name}"
    api = repository_url(world, repo)
    open_pulls = sum(pull.state == "open" for pull in repo.pulls.values())
    return {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "owner": user(world, repo.owner),
        "html_url": html,
        "url": api,
        **{f"{name}_url": f"{api}/{template}" for name, template in _TEMPLATES.items()},
        "clone_url": f"{html}.git",
        "git_url": f"{html}.git",
        "ssh_url": f"{html}.git",
        "svn_url": html,
        "description": None,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "default_branch": repo.default_branch,
        "topics": [],
        **dict.fromkeys(_OFF, False),
        **dict.fromkeys(_ZERO, 0),
        "open_issues": open_pulls,
        "open_issues_count": open_pulls,
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.created_at),
        "pushed_at": stamp(repo.commits[repo.branches[repo.default_branch]].date),
    }


def repository_url(world: World, repo: Repository) -> str:
    """The repository's address in the API."""
    return f"{world.config.api}/repos/{repo.full_name}"


def commit(world: World, repo: Repository, one: Commit) -> Json:
    """A commit as the commits API answers it."""
    api = repository_url(world, repo)
    return {
        "sha": one.sha,
        "node_id": node_id("Commit", one.sha),
        "url": f"{api}/commits/{one.sha}",
        "html_url": f"{world.config.url}/{repo.full_name}/commit/{one.sha}",
        "comments_url": f"{api}/commits/{one.sha}/comments",
        "commit": {**git_commit(world, repo, one), "comment_count": 0},
        "author": user(world, one.author),
        "committer": user(world, one.author),
        "parents": _parents(world, repo, one),
    }


def git_commit(world: World, repo: Repository, one: Commit) -> Json:
    """A commit as the git database API answers it."""
    api = repository_url(world, repo)
    person = {"name": one.author, "email": f"{one.author}@users.noreply.invalid", "date": stamp(one.date)}
    return {
        "sha": one.sha,
        "node_id": node_id("Commit", one.sha),
        "url": f"{api}/git/commits/{one.sha}",
        "html_url": f"{world.config.url}/{repo.full_name}/commit/{one.sha}",
        "message": one.message,
        "author": person,
        "committer": person,
        "tree": {"sha": one.tree_sha, "url": f"{api}/git/trees/{one.tree_sha}"},
        "parents": _parents(world, repo, one),
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def _parents(world: World, repo: Repository, one: Commit) -> list[Json]:
    api = repository_url(world, repo)
    web = f"{world.config.url}/{repo.full_name}/commit"
    return [{"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{web}/{sha}"} for sha in one.parents]


def protection(world: World, repo: Repository, branch: str) -> Json:
    """What a protected branch demands."""
    url = f"{repository_url(world, repo)}/branches/{branch}/protection"
    required = repo.required[branch]
    off = {"enabled": False}
    return {
        "url": url,
        "required_status_checks": {
            "url": f"{url}/required_status_checks",
            "strict": False,
            "contexts": [one.context for one in required],
            "contexts_url": f"{url}/required_status_checks/contexts",
            "checks": [{"context": one.context, "app_id": one.app_id} for one in required],
        },
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": True},
        "required_linear_history": off,
        "allow_force_pushes": off,
        "allow_deletions": off,
        "block_creations": off,
        "required_conversation_resolution": off,
        "lock_branch": off,
        "allow_fork_syncing": off,
    }
