"""A pull request was opened, pushed to, made ready or closed."""

from bot.core.subject import Subject
from bot.router import Event, router
from bot.workflows.reviews import Reviews


@router.register("pull_request", "opened", "reopened", "synchronize", "ready_for_review")
def review(event: Event, reviews: Reviews) -> None:
    """Review its head, drafts too."""
    reviews.start(subject_of(event))


@router.register("pull_request", "synchronize", "closed")
def supersede(event: Event, reviews: Reviews) -> None:
    """Stop what is still being done for other commits, or for all when it was closed."""
    reviews.supersede(subject_of(event), event.guid, closed=event.action == "closed")


def subject_of(event: Event) -> Subject:
    """What the event is about; installation and repository come from this one signed payload."""
    return Subject(
        installation_id=event.number("installation", "id"),
        repository_id=event.number("repository", "id"),
        repository=event.repository("repository", "full_name"),
        pull_number=event.number("pull_request", "number"),
        head_sha=event.sha("pull_request", "head", "sha"),
        base_sha=event.sha("pull_request", "base", "sha"),
    )
