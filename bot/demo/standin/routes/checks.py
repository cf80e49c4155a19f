"""Check runs: only an installation of the App writes them, and annotations only ever add up."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from bot.demo.standin.bodies import AnnotationBody, CheckBody, CheckUpdateBody
from bot.demo.standin.errors import RefusedError, not_found
from bot.demo.standin.events import check_event
from bot.demo.standin.identity import Repo, TheWorld, Who, needs
from bot.demo.standin.paging import Paged
from bot.demo.standin.routes.repositories import commit_at
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes import check as shape
from bot.demo.standin.shapes.basics import stamp
from bot.demo.standin.state import Annotation, CheckRun, Repository, now

router = APIRouter(prefix="/repos/{owner}/{repo}")
reads = Depends(needs("checks", "read"))
writes = Depends(needs("checks", "write"))


@router.post("/check-runs", status_code=201, dependencies=[writes])
async def create_check_run(request: Request, world: TheWorld, repo: Repo, who: Who, body: CheckBody) -> Json:
    """A new check run on a commit."""
    _only_the_app(who)
    if body.head_sha not in repo.commits:
        raise RefusedError(422, f"No commit found for SHA: {body.head_sha}")
    app = world.config.app
    suite = next((run.suite_id for run in repo.checks.values() if run.head_sha == body.head_sha), world.number())
    run = CheckRun(world.number(), suite, body.name, body.head_sha, app.id, started_at=stamp(now()))
    repo.checks[run.id] = run
    _apply(run, body)
    check_event(request, "created", repo, run, who.author(world))
    _tell_completed(request, repo, run, who.author(world), was=None)
    return shape.check_run(world, repo, run)


@router.patch("/check-runs/{check_run_id}", dependencies=[writes])
async def update_check_run(
    request: Request, world: TheWorld, repo: Repo, who: Who, check_run_id: int, body: CheckUpdateBody
) -> Json:
    """Change a check run; its annotations are added to those it has."""
    _only_the_app(who)
    run = _run(repo, check_run_id)
    was = run.conclusion
    _apply(run, body)
    _tell_completed(request, repo, run, who.author(world), was)
    return shape.check_run(world, repo, run)


@router.get("/check-runs/{check_run_id}", dependencies=[reads])
async def get_check_run(world: TheWorld, repo: Repo, check_run_id: int) -> Json:
    """One check run."""
    return shape.check_run(world, repo, _run(repo, check_run_id))


@router.get("/check-runs/{check_run_id}/annotations", dependencies=[reads])
async def list_annotations(world: TheWorld, repo: Repo, check_run_id: int, pager: Paged) -> list[Json]:
    """Its annotations."""
    run = _run(repo, check_run_id)
    return [shape.annotation(world, repo, run, one) for one in pager.cut(run.annotations)]


class Wanted:
    """Which check runs of a commit a request asks for; ``latest`` leaves one for each name."""

    def __init__(
        self,
        check_name: str | None = None,
        status: Literal["queued", "in_progress", "completed"] | None = None,
        newest: Annotated[Literal["latest", "all"], Query(alias="filter")] = "latest",
        app_id: int | None = None,
    ) -> None:
        self._name, self._status, self._app_id = check_name, status, app_id
        self._latest = newest == "latest"

    def of(self, repo: Repository, sha: str) -> list[CheckRun]:
        """Those of this commit, newest first."""
        runs = sorted((run for run in repo.checks.values() if run.head_sha == sha), key=lambda run: run.id)
        if self._latest:
            runs = list({(run.app_id, run.name): run for run in runs}.values())
        return [
            run
            for run in sorted(runs, key=lambda run: -run.id)
            if self._name in {None, run.name}
            and self._status in {None, run.status}
            and self._app_id in {None, run.app_id}
        ]


@router.get("/commits/{ref:path}/check-runs", dependencies=[reads])
async def list_check_runs(
    world: TheWorld, repo: Repo, pager: Paged, ref: str, wanted: Annotated[Wanted, Depends()]
) -> Json:
    """The check runs of a commit, newest first."""
    chosen = wanted.of(repo, commit_at(repo, ref).sha)
    page = [shape.check_run(world, repo, run) for run in pager.cut(chosen)]
    return {"total_count": len(chosen), "check_runs": page}


def _only_the_app(who: Who) -> None:
    if who.token is None:
        raise RefusedError(403, "You must authenticate via a GitHub App.")


def _run(repo: Repository, number: int) -> CheckRun:
    if number not in repo.checks:
        raise not_found()
    return repo.checks[number]


def _apply(run: CheckRun, body: CheckUpdateBody) -> None:
    for name in ("name", "details_url", "external_id", "status", "started_at", "completed_at"):
        value = getattr(body, name)
        if value is not None:
            setattr(run, name, value)
    if body.conclusion:
        run.status, run.conclusion = "completed", body.conclusion
        run.completed_at = body.completed_at or stamp(now())
    elif body.status:
        run.conclusion = run.completed_at = None
    if body.output:
        run.title, run.summary = body.output.title, body.output.summary
        run.text = run.text if body.output.text is None else body.output.text
        run.annotations += [_annotation(one) for one in body.output.annotations]
    if body.actions is not None:
        run.actions = [action.model_dump() for action in body.actions]


def _annotation(body: AnnotationBody) -> Annotation:
    return Annotation(**{"level" if k == "annotation_level" else k: v for k, v in body.model_dump().items()})


def _tell_completed(request: Request, repo: Repository, run: CheckRun, sender: str, was: str | None) -> None:
    if run.conclusion and run.conclusion != was:
        check_event(request, "completed", repo, run, sender)
