"""A whole review: profile, rungs, research context, and what a verdict rests on."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from checks.finding import RungName
from checks.loaders import from_tar_gz, load
from checks.review import ALL, ReviewError, Terms, review
from checks.rung import Material
from checks.static.rung import StaticRung
from checks.tree import SourceTree, TreeError
from checks.verdict import RungReport, RungResult, RungStatus, Status, SubjectInfo

BASE = {"config/smoke_test.yaml": "a: 1\n", "config/full_experiment.yaml": "a: 1\n", "src/train.py": "x = 1\n"}
EXPERIMENT = {"config/config.yaml": "a: 1\n", "src/train.py": "x = 1\n"}


class Listener:
    """A rung that answers at once and remembers what it was given."""

    def __init__(self, name: RungName, order: list[RungName] | None = None) -> None:
        self.name = name
        self.order = order if order is not None else []
        self.given: list[Material] = []

    def run(self, material: Material) -> RungResult:
        self.given.append(material)
        self.order.append(self.name)
        return RungResult(report=RungReport(name=self.name, status=RungStatus.ANSWERED))


@pytest.mark.parametrize(("files", "profile"), [(BASE, "base"), (EXPERIMENT, "experiment")])
def test_the_profile_is_chosen_by_the_files(files: dict[str, str], profile: str) -> None:
    assert review(SourceTree.of(files), rungs=[Listener(RungName.STATIC)]).profile == profile


def test_no_profile_fits_and_an_unknown_one_are_refused() -> None:
    with pytest.raises(TreeError, match="looked for base:"):
        review(SourceTree.of({"README.md": ""}))
    with pytest.raises(TreeError, match="no profile is called 'other'"):
        review(SourceTree.of(BASE), "other")


@pytest.mark.parametrize("name", [RungName.PREFLIGHT, RungName.TRIAL, RungName.SEMANTIC])
def test_a_rung_that_does_not_exist_yet_is_refused_in_one_clear_line(name: RungName) -> None:
    with pytest.raises(ReviewError) as refused:
        review(SourceTree.of(BASE), rungs=[RungName.STATIC, name])
    assert str(refused.value) == f"the {name} rung is not part of this version; the rungs that can run are: static"


def test_no_rung_at_all_is_refused() -> None:
    with pytest.raises(ReviewError, match="no rung was asked for"):
        review(SourceTree.of(BASE), rungs=[])


def test_rungs_run_once_each_in_the_ladders_order() -> None:
    order: list[RungName] = []
    asked = [Listener(name, order) for name in reversed(RungName)]
    verdict = review(SourceTree.of(EXPERIMENT), rungs=[*asked, asked[0]], required=ALL)
    assert order == list(RungName)
    assert verdict.ready


def test_a_required_rung_that_did_not_run_leaves_its_criteria_not_assessed() -> None:
    tree = SourceTree.of(EXPERIMENT)
    verdict = review(tree, rungs=[Listener(RungName.STATIC)])
    assert not verdict.ready
    assert verdict.exit_status == 3
    assert {one.id: one.status for one in verdict.criteria}["hydra"] is Status.NOT_ASSESSED
    alone = review(tree, rungs=[Listener(RungName.STATIC)], required={RungName.STATIC})
    assert alone.ready
    assert {one.id: one.detail for one in alone.criteria}["hydra"] == "rests without preflight and trial"


@pytest.mark.parametrize(
    ("files", "research", "expected"),
    [
        ({}, None, None),
        ({}, "given", "given"),
        ({"research_context.md": "text\n"}, None, "text"),
        ({"research_context.md": "text"}, "given", "given"),
        ({"research_context.md": "text", ".research/research_history.json": '{"a": 1}'}, None, '{"a": 1}'),
        ({"research_context.md": "text", ".research/research_history.json": " \n"}, None, "text"),
        ({"research_context.md": b"caf\xe9"}, None, "caf\ufffd"),
        ({"docs/research_context.md": "text"}, None, None),
    ],
)
def test_the_research_context_is_found(
    files: dict[str, str | bytes], research: str | None, expected: str | None
) -> None:
    rung = Listener(RungName.STATIC)
    review(SourceTree.of({**EXPERIMENT, **files}), rungs=[rung], terms=Terms(research=research))
    assert [material.research for material in rung.given] == [expected]


def test_the_subject_is_the_callers_or_the_trees_own_revision() -> None:
    sha = "0123456789abcdef0123456789abcdef01234567"
    tree = SourceTree({path: text.encode() for path, text in BASE.items()}, revision=sha)
    assert review(tree, rungs=[Listener(RungName.STATIC)]).subject == SubjectInfo(head_sha=sha)
    given = SubjectInfo(repository="octo/repo", head_sha=sha, pull_request=7)
    assert review(tree, rungs=[Listener(RungName.STATIC)], subject=given).subject == given


def test_a_pull_requests_archive_is_judged_from_the_stream() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, text in EXPERIMENT.items():
            info = tarfile.TarInfo(f"octo-repo-0123456/{path}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    tree = from_tar_gz(io.BytesIO(gzip.compress(out.getvalue())), origin="octo/repo at 0123456")
    told: list[str] = []
    verdict = review(tree, required={RungName.STATIC}, progress=lambda rung, words: told.append(f"{rung} {words}"))
    assert verdict.profile == "experiment"
    assert verdict.rungs[0].name is RungName.STATIC
    assert verdict.rungs[0].status is RungStatus.ANSWERED
    assert "static reading src/train.py" in told


def corpus() -> Path:
    default = Path(__file__).parents[2] / "shared" / "corpus"
    place = Path(os.environ.get("REFEREE_CORPUS", default))
    if not place.is_dir():
        pytest.skip("the corpus is not here; name its folder with REFEREE_CORPUS")
    return place


@pytest.mark.parametrize("case", ["ohgw-base", "graff-experiment", "metas-peft-experiment"])
def test_every_rule_comes_to_an_end_on_the_corpus(case: str) -> None:
    tree = load(str(corpus() / case / "repo"))
    verdict = review(tree, rungs=[StaticRung()])
    assert verdict.rungs[0].status is RungStatus.ANSWERED
    assert not verdict.ready
    assert "no answer" not in verdict.issue


def test_every_criterion_says_what_was_looked_at() -> None:
    tree = SourceTree.of(EXPERIMENT)
    assert all("static rules over" in criterion.looked_at for criterion in review(tree).criteria)
