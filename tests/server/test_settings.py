"""What an operator sees of the settings: names, defaults, and one clear line when something is wrong."""

from pathlib import Path

import pytest

from bot.app import connection
from bot.settings import Settings, SettingsError, load, variable
from checks.finding import RungName
from tests.server.harness import pem

COMPLETE = {"REFEREE_APP_ID": "7", "REFEREE_WEBHOOK_SECRET": "hunter2-secret", "REFEREE_PRIVATE_KEY_PATH": "key.pem"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)
    monkeypatch.chdir(tmp_path)


def written(tmp_path: Path, values: dict[str, str]) -> Path:
    file = tmp_path / "referee.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return file


def refusal(file: Path | None) -> str:
    with pytest.raises(SettingsError) as error:
        load(file)
    assert "\n" not in str(error.value)
    assert "hunter2" not in str(error.value)
    return str(error.value)


def test_nothing_set_names_all_that_is_needed_and_how() -> None:
    said = refusal(None)
    for name in ("REFEREE_APP_ID", "REFEREE_WEBHOOK_SECRET", "REFEREE_PRIVATE_KEY_PATH", "--config"):
        assert name in said


@pytest.mark.parametrize("missing", COMPLETE)
def test_each_needed_setting_is_named_when_it_alone_is_missing(tmp_path: Path, missing: str) -> None:
    said = refusal(written(tmp_path, {name: value for name, value in COMPLETE.items() if name != missing}))
    assert missing in said
    assert all(name not in said for name in COMPLETE if name != missing)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REFEREE_APP_ID", "seven"),
        ("REFEREE_PORT", "65536"),
        ("REFEREE_GITHUB_API_URL", "not a url"),
        ("REFEREE_REQUIRED_RUNGS", "static,magic"),
        ("REFEREE_REQUIRED_RUNGS", ","),
        ("REFEREE_EXECUTOR_ID", "two words"),
        ("REFEREE_LOG_LEVEL", "loud"),
        ("REFEREE_PRIVATE_KEY", "hunter2"),
        ("REFEREE_WEBHOOK_SECRET", ""),
        ("REFEREE_MAX_PAYLOAD_BYTES", "1"),
    ],
)
def test_a_wrong_value_is_named_and_never_shown_if_secret(tmp_path: Path, name: str, value: str) -> None:
    assert name in refusal(written(tmp_path, {**COMPLETE, name: value}))


def test_a_misspelt_name_in_the_file_is_refused_with_the_near_one(tmp_path: Path) -> None:
    said = refusal(written(tmp_path, {**COMPLETE, "REFEREE_REQIRED_RUNGS": "static"}))
    assert "REFEREE_REQUIRED_RUNGS" in said


def test_a_line_that_is_no_setting_is_refused_with_its_number(tmp_path: Path) -> None:
    file = written(tmp_path, COMPLETE)
    lines = file.read_text().count("\n")
    file.write_text(file.read_text() + "hunter2 and more\n")
    assert f"line {lines + 1}, is not NAME=value" in refusal(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.env" in refusal(tmp_path / "nowhere.env")
    assert str(tmp_path) in refusal(tmp_path)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFEREE_APP_ID", "8")
    assert load(written(tmp_path, {**COMPLETE, "OTHER": "is none of ours"})).app_id == 8


def test_a_ready_verdict_needs_every_rung_unless_the_operator_says_otherwise(tmp_path: Path) -> None:
    assert load(written(tmp_path, COMPLETE)).required_rungs == tuple(RungName)
    fewer = load(written(tmp_path, {**COMPLETE, "REFEREE_REQUIRED_RUNGS": "static, preflight"}))
    assert fewer.required_rungs == (RungName.STATIC, RungName.PREFLIGHT)


def test_the_key_comes_from_the_variable_or_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(pem())
    assert load(written(tmp_path, COMPLETE)).private_key_text() == pem()
    inline = {**COMPLETE, "REFEREE_PRIVATE_KEY": pem().replace("\n", "\\n")}
    del inline["REFEREE_PRIVATE_KEY_PATH"]
    assert load(written(tmp_path, inline)).private_key_text().startswith("-----BEGIN")


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"REFEREE_PRIVATE_KEY_PATH.*key\.pem"):
        load(written(tmp_path, COMPLETE)).private_key_text()


def test_secrets_do_not_show(tmp_path: Path) -> None:
    values = {**COMPLETE, "REFEREE_DATABASE_URL": "postgresql://u:hunter2@h/d"}
    assert "hunter2" not in repr(load(written(tmp_path, values)))


def test_the_database_is_a_file_in_the_state_directory_unless_named(tmp_path: Path) -> None:
    values = {**COMPLETE, "REFEREE_STATE_DIRECTORY": str(tmp_path / "state")}
    assert load(written(tmp_path, values)).database() == f"sqlite:///{tmp_path}/state/referee.db"
    named = load(written(tmp_path, {**values, "REFEREE_DATABASE_URL": "postgresql://u:p@h/d"}))
    assert named.database() == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    ("api", "web"),
    [("https://api.github.com", "https://github.com"), ("https://ghe.example/api/v3/", "https://ghe.example")],
)
def test_links_lead_to_the_host_that_the_api_belongs_to(tmp_path: Path, api: str, web: str) -> None:
    settings = load(written(tmp_path, {**COMPLETE, "REFEREE_GITHUB_API_URL": api}))
    assert connection(settings).web_url == web


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
