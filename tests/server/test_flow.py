"""From a signed webhook to a completed check run: the server's whole way, over HTTP, with a fake GitHub."""

from pathlib import Path

from tests.server.harness import SHAS, pull_request, referee


def test_an_opened_pull_request_gets_a_completed_check_run(tmp_path: Path) -> None:
    with referee(tmp_path) as running:
        assert running.send(pull_request("opened")).status_code == 202
        running.quiet()
        assert running.repository.conclusions() == {SHAS[0]: ["success"]}
        assert [state for _, state in running.repository.history] == ["queued", "in_progress", "success"]


def test_the_whole_way_on_postgres_too(tmp_path: Path, postgres_url: str) -> None:
    with referee(tmp_path, database_url=postgres_url) as running:
        assert running.send(pull_request("opened")).status_code == 202
        running.quiet()
        assert running.repository.conclusions() == {SHAS[0]: ["success"]}
    with referee(tmp_path, database_url=postgres_url) as running:
        running.send(pull_request("reopened"))
        running.quiet()
        assert running.repository.runs == {}, "the review of an earlier life stands"
        assert running.client.get(f"{running.url}/readyz").json() == {
            "database": "ok",
            "engine": "ok",
            "dispatcher": "ok",
        }
