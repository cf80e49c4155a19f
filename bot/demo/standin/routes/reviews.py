"""Reviews and their comments, with GitHub's all-or-nothing rule for comments outside the diff."""

from fastapi import APIRouter, Depends

from bot.demo.standin.bodies import CommentBody, ReviewBody
from bot.demo.standin.errors import RefusedError, missing
from bot.demo.standin.identity import Repo, TheWorld, Who, needs
from bot.demo.standin.paging import Paged
from bot.demo.standin.patch import ChangedFile, Row, hunk_until, row_at, rows_of
from bot.demo.standin.routes.pulls import pull_of
from bot.demo.standin.shapes import Json
from bot.demo.standin.shapes import review as shape
from bot.demo.standin.state import Pull, Repository, Review, ReviewComment, World, now

router = APIRouter(prefix="/repos/{owner}/{repo}")
reads = Depends(needs("pull_requests", "read"))

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@router.get("/pulls/{number}/reviews", dependencies=[reads])
async def list_reviews(world: TheWorld, repo: Repo, pager: Paged, number: int) -> list[Json]:
    """Its reviews, oldest first."""
    pull = pull_of(repo, number)
    return [shape.review(world, repo, pull, one) for one in pager.cut(pull.reviews)]


@router.post("/pulls/{number}/reviews", dependencies=[Depends(needs("pull_requests", "write"))])
async def create_review(world: TheWorld, repo: Repo, who: Who, number: int, body: ReviewBody) -> Json:
    """A review with all its comments, or 422 and nothing at all when one of them is outside the diff."""
    pull = pull_of(repo, number)
    author = who.author(world)
    if body.event is None:
        raise missing("pending reviews")
    if body.event != "APPROVE" and not body.body and not (body.comments and body.event == "COMMENT"):
        raise _unprocessable("Body cannot be blank")
    if body.event != "COMMENT" and author == pull.author:
        raise _unprocessable("Can not approve or request changes on your own pull request")
    sha = body.commit_id or repo.head_sha(pull)
    if sha not in pull.shas and sha not in repo.own_commits(pull):
        raise _unprocessable("The commit is not part of the pull request")
    number_of_review = world.number()
    comments = _comments(world, repo, pull, body, sha, (number_of_review, author))
    review = Review(number_of_review, author, body.body, STATES[body.event], sha, comments, now())
    pull.reviews.append(review)
    return shape.review(world, repo, pull, review)


@router.get("/pulls/{number}/comments", dependencies=[reads])
async def list_comments(world: TheWorld, repo: Repo, pager: Paged, number: int) -> list[Json]:
    """The comments of all its reviews."""
    pull = pull_of(repo, number)
    comments = [one for review in pull.reviews for one in review.comments]
    return [shape.comment(world, repo, pull, one) for one in pager.cut(comments)]


@router.get("/pulls/{number}/reviews/{review_id}/comments", dependencies=[reads])
async def list_review_comments(world: TheWorld, repo: Repo, pager: Paged, number: int, review_id: int) -> list[Json]:
    """The comments of one review."""
    pull = pull_of(repo, number)
    comments = [one for review in pull.reviews if review.id == review_id for one in review.comments]
    return [shape.comment(world, repo, pull, one) for one in pager.cut(comments)]


def _unprocessable(problem: str) -> RefusedError:
    return RefusedError(422, "Unprocessable Entity", [problem])


def _comments(
    world: World, repo: Repository, pull: Pull, body: ReviewBody, sha: str, by: tuple[int, str]
) -> tuple[ReviewComment, ...]:
    changes = {change.path: change for change in repo.changes(pull, sha)}
    placed = [(one, changes.get(one.path), _row(one, changes.get(one.path))) for one in body.comments]
    return tuple(
        ReviewComment(
            id=world.number(),
            review_id=by[0],
            author=by[1],
            body=one.body,
            path=one.path,
            line=(row.new if one.side == "RIGHT" else row.old) or 0,
            side=one.side,
            start_line=one.start_line,
            start_side=(one.start_side or one.side) if one.start_line else None,
            commit_id=sha,
            position=row.position,
            diff_hunk=hunk_until(change.patch or "" if change else "", row),
            created_at=now(),
        )
        for one, change, row in placed
    )


def _row(one: CommentBody, change: ChangedFile | None) -> Row:
    if change is None:
        raise _unprocessable("Path could not be resolved")
    if one.line is None and one.position is not None:
        found = next((row for row in rows_of(change.patch) if row.position == one.position), None)
        if found is None or found.new is None:
            raise _unprocessable("Position could not be resolved")
        return found
    row = row_at(change.patch, one.line, one.side) if one.line is not None else None
    if row is None:
        raise _unprocessable("Line could not be resolved")
    if one.start_line is None:
        return row
    start = row_at(change.patch, one.start_line, one.start_side or one.side)
    if start is None or start.hunk != row.hunk or start.position >= row.position:
        raise _unprocessable("Start line could not be resolved")
    return row
