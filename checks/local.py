"""What a review on a person's own machine is held to: the base revision, and whose configuration counts."""

from collections.abc import Callable
from pathlib import Path

from checks.configuration import Configuration, configuration_of, read_configuration
from checks.facts.yaml_files import MAX_BYTES
from checks.loaders import from_revision, load
from checks.mend import Mend, mended, write
from checks.review import Terms
from checks.tree import SourceTree, TreeError
from checks.verdict import Verdict

MOST_ROUNDS = 10
"""Reviews that `--fix` makes: one mend can uncover another, as a project file that parses again does."""


def local_terms(path: str, tree: SourceTree, base: str | None, config: Path | None) -> Terms:
    """The terms that the options of ``referee review`` name.

    The configuration is the file given, else the base's, as on a pull request, else the tree's own: without a base the
    person reviews what is theirs.

    Args:
        path: what is reviewed, as it was named.
        tree: what was read there.
        base: a revision of the repository at ``path``.
        config: a configuration file.

    Raises:
        TreeError: the revision or the file cannot be read, or the configuration is wrong.
    """
    before = _base(path, base) if base is not None else None
    configuration = _read(config) if config is not None else configuration_of(tree if before is None else before)
    return Terms(configuration=configuration, base=before)


def _base(path: str, revision: str) -> SourceTree:
    if Path(path).is_dir():
        return from_revision(Path(path), revision)
    repository, at, _ = path.rpartition("@")
    if at and Path(repository).is_dir():
        return load(f"{repository}@{revision}")
    raise TreeError(f"--base {revision} needs a git repository, and {path} is an archive")


def _read(path: Path) -> Configuration:
    try:
        with path.open("rb") as file:
            return read_configuration(str(path), file.read(MAX_BYTES + 1))
    except OSError as error:
        raise TreeError(f"{path} cannot be read: {error.strerror}") from None


def reviewed_and_mended(path: str, judge: Callable[[SourceTree], Verdict]) -> tuple[Verdict, list[Mend]]:
    """Review a directory, apply every exact mend, and review again until there is none left.

    Args:
        path: the directory.
        judge: makes one review.

    Returns:
        The verdict about what is there in the end, and the mends that were applied.

    Raises:
        TreeError: ``path`` is no directory, a file cannot be written, or the mends never end.
    """
    if not Path(path).is_dir():
        raise TreeError(f"--fix changes files, and {path} is not a directory; name a checkout")
    applied: list[Mend] = []
    for _ in range(MOST_ROUNDS):
        tree = load(path)
        verdict = judge(tree)
        changed, done = mended(tree, verdict.findings)
        if not changed:
            return verdict, applied
        write(Path(path), tree, changed)
        applied += done
    raise TreeError(
        f"{len(applied)} mends in {MOST_ROUNDS} rounds, and there are still more; review the changes by hand"
    )
