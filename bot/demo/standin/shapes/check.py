"""Check runs and their annotations."""

from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes.app import app
from bot.demo.standin.shapes.basics import node_id
from bot.demo.standin.shapes.repository import repository_url
from bot.demo.standin.state import Annotation, CheckRun, Repository, World


def check_run(world: World, repo: Repository, run: CheckRun) -> Json:
    """A check run as the checks API answers it."""
    url = f"{repository_url(world, repo)}/check-runs/{run.id}"
    html = f"{world.config.url}/{repo.full_name}/runs/{run.id}"
    return {
        "id": run.id,
        "node_id": node_id("CheckRun", run.id),
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": html,
        "details_url": run.details_url or html,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite_id},
        "app": app(world),
        "pull_requests": [_pull(world, repo, number) for number in _open_pulls(repo, run.head_sha)],
    }


def annotation(world: World, repo: Repository, run: CheckRun, one: Annotation) -> Json:
    """One annotation."""
    return {
        "path": one.path,
        "blob_href": f"{world.config.url}/{repo.full_name}/blob/{run.head_sha}/{one.path}",
        "start_line": one.start_line,
        "end_line": one.end_line,
        "start_column": one.start_column,
        "end_column": one.end_column,
        "annotation_level": one.level,
        "title": one.title,
        "message": one.message,
        "raw_details": one.raw_details,
    }


def _open_pulls(repo: Repository, sha: str) -> list[int]:
    return [pull.number for pull in repo.pulls.values() if pull.state == "open" and repo.head_sha(pull) == sha]


def _pull(world: World, repo: Repository, number: int) -> Json:
    pull = repo.pulls[number]
    api = repository_url(world, repo)
    short = {"id": repo.id, "url": api, "name": repo.name}
    return {
        "id": pull.id,
        "number": number,
        "url": f"{api}/pulls/{number}",
        "head": {"ref": pull.head, "sha": repo.head_sha(pull), "repo": short},
        "base": {"ref": pull.base, "sha": repo.base_sha(pull), "repo": short},
    }
