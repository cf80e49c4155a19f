"""Reviews that come twice, go wrong, or are refused."""

from pathlib import Path
from typing import IO

import pytest

from bot.app import build
from bot.core.subject import Subject
from bot.edges.protocols import Gone, Refused, Unavailable
from checks.tree import TreeError
from checks.verdict import Verdict
from tests.server.fakes import tar_gz
from tests.server.harness import (
    QUICK,
    SHAS,
    Running,
    fake_host,
    pull_request,
    ready_verdict,
    referee,
    serving,
    settings,
)

FIRST = SHAS[0]


def summary(running: Running) -> str:
    output = running.repository.outputs[max(running.repository.outputs)]
    return f"{output.title}\n{output.summary}\n{output.text}"


def test_two_deliveries_about_one_commit_are_one_review(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        for action in ("opened", "ready_for_review", "reopened"):
            assert running.send(pull_request(action)).status_code == 202
        running.quiet()
        assert running.send(pull_request("opened")).status_code == 202
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["success"]}
        assert len(running.server.engine.runs("review:")) == 1


def test_a_draft_is_reviewed_too(tmp_path: Path) -> None:
    payload = pull_request("opened")
    payload["pull_request"]["draft"] = True
    with referee(tmp_path) as running:
        running.send(payload)
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["success"]}


def test_an_installation_does_not_reach_a_repository_of_another(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        running.send(pull_request("opened", installation={"id": 99}))
        running.quiet()
        assert set(running.host.asked) == {(99, 22)}
        assert running.repository.runs == {}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TreeError("no profile fits: looked for src/train.py"), "looked for src/train.py"),
        (Refused("GET /tarball: 422"), "GET /tarball: 422"),
        (Gone("GET /tarball: 404"), "GET /tarball: 404"),
        (Unavailable("GET /tarball: 502"), "GET /tarball: 502"),
        (KeyError("https://codeload.github.com/x?token=hunter2"), "KeyError"),
    ],
)
def test_a_review_that_breaks_off_fails_the_check_and_says_why(tmp_path: Path, error: Exception, said: str) -> None:
    def judge(archive: IO[bytes], subject: Subject) -> Verdict:
        raise error

    with referee(tmp_path, judge=judge) as running:
        running.send(pull_request("opened"))
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["failure"]}
        assert said in summary(running)
        assert "hunter2" not in summary(running)


def test_after_a_review_without_verdict_the_commit_can_be_reviewed_again(tmp_path: Path) -> None:
    broken = [True]

    def judge(archive: IO[bytes], subject: Subject) -> Verdict:
        if broken[0]:
            raise Unavailable("GET /tarball: 502")
        return ready_verdict(archive, subject)

    with referee(tmp_path, judge=judge) as running:
        running.send(pull_request("opened"))
        running.quiet()
        broken[0] = False
        running.send(pull_request("reopened"))
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["failure", "success"]}


def test_the_real_judge_reads_the_archive_and_finds_the_faults(tmp_path: Path) -> None:
    host = fake_host()
    files = {"src/train.py": b"def (", "pyproject.toml": b"[project]\nname='x'\n", "config/config.yaml": b"a: 1\n"}
    host.repositories[11, 22].archives[FIRST] = tar_gz(files)
    with serving(build(settings(tmp_path, required_rungs="static"), host, patience=QUICK), host) as running:
        running.send(pull_request("opened"))
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["failure"]}
        assert "src/train.py" in summary(running)


def test_an_archive_that_is_none_fails_the_check_and_says_so(tmp_path: Path) -> None:
    host = fake_host()
    with serving(build(settings(tmp_path), host, patience=QUICK), host) as running:
        running.send(pull_request("opened"))
        running.quiet()
        assert running.repository.conclusions() == {FIRST: ["failure"]}
        assert "archive" in summary(running)
