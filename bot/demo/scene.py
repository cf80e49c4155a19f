"""The cast of the demonstration: a person, a repository that demands the check, and a pull request with faults."""

from dataclasses import dataclass
from pathlib import Path

from bot.demo.standin.server import StandIn
from checks.loaders import from_directory

EXAMPLE = Path(__file__).resolve().parent / "example"
ACCOUNT = "digits-lab"
REPOSITORY = f"{ACCOUNT}/digits-consistency"
AUTHOR = "ada"
BRANCH = "consistency-penalty"
CHECK = "referee / verdict"


@dataclass(frozen=True, slots=True)
class Scene:
    """What was set up.

    Args:
        repository: ``owner/name``.
        number: the pull request's.
        head_sha: the commit under review.
        title: the pull request's.
    """

    repository: str
    number: int
    head_sha: str
    title: str


def set_up(standin: StandIn) -> Scene:
    """Create the repository, demand the check on ``main`` and open the pull request; that sends the webhook."""
    control = standin.control
    base, experiment = _files(EXAMPLE / "base"), _files(EXAMPLE / "pull-request")
    control.install(ACCOUNT)
    control.create_repository(REPOSITORY, base, message="Describe the experiment", roles={AUTHOR: "write"})
    control.protect(REPOSITORY, CHECK, standin.config.app.id)
    control.push(REPOSITORY, BRANCH, {**base, **experiment}, "Add the whole experiment", AUTHOR)
    title = "Consistency penalty on digits"
    body = (EXAMPLE / "description.md").read_text("utf-8")
    pull = control.open_pull(REPOSITORY, title=title, body=body, author=AUTHOR, head=BRANCH)
    return Scene(REPOSITORY, pull["number"], pull["head"]["sha"], title)


def _files(folder: Path) -> dict[str, bytes]:
    return dict(from_directory(folder).files)
