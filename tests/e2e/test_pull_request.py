"""A pull request on the emulated GitHub: from the signed webhook to the merge button."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.conftest import CHECK, Deployment

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path below it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def faulty() -> dict[str, bytes]:
    """The clean example with faults of three criteria."""
    files = files_of(EXAMPLES / "experiment")
    files["pyproject.toml"] = re.sub(
        rb"dependencies = \[.*?\]", b'[project.dependencies]\ntorch = "^2.2"', files["pyproject.toml"], flags=re.DOTALL
    )
    files["src/helpers.py"] = b"def add(a, b):\n    return a + b\n"
    files["src/model.py"] += b"\n\ndef later():\n    raise NotImplementedError\n"
    return files


def test_a_faulty_tree_is_refused_and_a_clean_one_merges(deployment: Deployment) -> None:
    author = deployment.author
    author.protect_main(CHECK)
    head = author.push("faulty", faulty())
    pull = author.open_pull_request("faulty")
    check = deployment.concluded(head)
    assert check["conclusion"] == "failure"
    assert check["external_id"].endswith(head)
    places = {(note["path"], note["annotation_level"]) for note in deployment.gateway.annotated[check["id"]]}
    assert {("pyproject.toml", "failure"), ("src/model.py", "failure")} <= places
    assert "src/helpers.py" in check["output"]["summary"]
    assert author.merge(pull["number"]).status_code in {405, 422}
    (review,) = deployment.gateway.reviews[pull["number"]]
    assert {comment["path"] for comment in review["comments"]} >= {"pyproject.toml", "src/model.py"}

    clean = author.push("clean", files_of(EXAMPLES / "experiment"))
    second = author.open_pull_request("clean")
    check = deployment.concluded(clean)
    assert check["conclusion"] == "success", check["output"]["summary"]
    assert second["number"] not in deployment.gateway.reviews
    assert author.merge(second["number"]).status_code == 200

    assert deployment.checked.calls, "nothing was held against GitHub's description"
    assert deployment.checked.violations == []
    assert deployment.gateway.archive_tokens == [None, None]


def test_the_verdict_in_the_check_run_is_the_document(deployment: Deployment) -> None:
    head = deployment.author.push("faulty", faulty())
    deployment.author.open_pull_request("faulty")
    check = deployment.concluded(head)
    (block,) = re.findall(r"`{3,}json\n(.*?)\n`{3,}", check["output"]["text"], re.DOTALL)
    verdict = json.loads(block)
    assert verdict["schema"] == "referee/verdict/v1"
    assert verdict["is_code_ready"] is False
    assert verdict["subject"]["head_sha"] == head


@pytest.mark.parametrize("copies", [3])
def test_the_same_delivery_again_changes_nothing(deployment: Deployment, copies: int) -> None:
    head = deployment.author.push("faulty", faulty())
    pull = deployment.author.open_pull_request("faulty")
    before = deployment.concluded(head)
    notes = list(deployment.gateway.annotated[before["id"]])
    for _ in range(copies):
        deployment.author.call("PATCH", f"/pulls/{pull['number']}", {"state": "closed"})
        deployment.author.call("PATCH", f"/pulls/{pull['number']}", {"state": "open"})
    after = deployment.concluded(head)
    assert (after["id"], after["conclusion"]) == (before["id"], "failure")
    assert deployment.gateway.annotated[after["id"]] == notes
    assert len(deployment.gateway.reviews[pull["number"]]) == 1
