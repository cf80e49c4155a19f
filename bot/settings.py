"""The server's settings: the only reader of the environment.

Each setting is the variable ``REFEREE_<NAME>``, in the environment or in one file of ``NAME=value`` lines; the
environment wins. Secrets are never printed.
"""

import difflib
from pathlib import Path
from typing import Annotated

from dotenv.parser import parse_stream
from pydantic import Field, HttpUrl, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from checks.finding import RungName

PREFIX = "REFEREE_"
"""What every variable's name starts with."""


class SettingsError(Exception):
    """The settings are incomplete or wrong; the message is one line that says which and how to set them."""


class Settings(BaseSettings):
    """Everything that an operator can set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    app_id: int = Field(gt=0, description="The App's number, shown on its settings page")
    webhook_secret: SecretStr = Field(min_length=1, description="The secret entered as the App's webhook secret")
    private_key: SecretStr | None = Field(
        None, description="The App's private key, PEM text; line breaks may be written as `\\n`"
    )
    private_key_path: Path | None = Field(
        None, description="File that holds the App's private key, instead of `private_key`", validate_default=True
    )
    github_api_url: HttpUrl = Field(
        HttpUrl("https://api.github.com"),
        description="Base of GitHub's REST API; for GitHub Enterprise Server `https://HOST/api/v3`",
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    state_directory: Path = Field(
        Path("~/.local/state/referee"), description="Directory of the database file; created when absent"
    )
    database_url: SecretStr | None = Field(
        None,
        description="`postgresql://USER:PASSWORD@HOST/NAME` or `sqlite:////PATH`; by default a SQLite file in "
        "`state_directory`",
    )
    required_rungs: Annotated[tuple[RungName, ...], NoDecode] = Field(
        tuple(RungName),
        min_length=1,
        description="Rungs whose answer a ready verdict needs, separated by commas. This server runs `static` alone, "
        "so until it runs more, a deployment whose checks shall be able to succeed sets `static`",
    )
    executor_id: str = Field(
        "referee-1",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Name of this replica: the same after a restart, different for every process on one database",
    )
    parallel_reviews: int = Field(2, ge=1, le=64, description="Reviews that run at once in this process")
    parallel_reviews_per_repository: int = Field(
        1, ge=1, le=64, description="Reviews of one repository that run at once, in all processes"
    )
    max_payload_bytes: int = Field(
        25 * 1024 * 1024, ge=1024, description="Largest webhook body, bytes; GitHub sends none above 25 MiB"
    )
    body_timeout_seconds: float = Field(10.0, gt=0, description="Longest wait for a webhook's whole body, seconds")
    delivery_attempts: int = Field(5, ge=1, le=20, description="Times that a delivery is tried before it is set aside")
    poll_seconds: float = Field(
        5.0, gt=0, description="Time between two looks for deliveries that nobody announced, seconds"
    )
    drain_seconds: int = Field(20, ge=0, description="Time that running reviews get to reach a safe point on SIGTERM")
    payload_retention_days: int = Field(
        7, ge=4, description="Days that a handled delivery's payload is kept; GitHub redelivers for 3"
    )
    record_retention_days: int = Field(
        90, ge=14, description="Days that anything is kept of deliveries and reviews that are over"
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe line logged")

    @field_validator("required_rungs", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("private_key_path")
    @classmethod
    def _one_usable_key(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        text = info.data.get("private_key")
        if text is None and path is None:
            raise PydanticCustomError("missing", "not set")
        if text is not None and path is not None:
            raise ValueError(f"{variable('private_key')} is set too; set one of the two")
        return path

    def private_key_text(self) -> str:
        """The App's private key as it was given. ``SettingsError`` when its file cannot be read."""
        if self.private_key is not None:
            return self.private_key.get_secret_value()
        path = (self.private_key_path or Path()).expanduser()
        try:
            return path.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a PEM text"
            raise SettingsError(f"{variable('private_key_path')} ({path}) cannot be read: {reason}") from None

    def database(self) -> str:
        """The database's URL."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.state_directory.expanduser().absolute()}/referee.db"


def load(settings_file: Path | None = None) -> Settings:
    """The settings of this process, from the environment and, where given, a file.

    Raises:
        SettingsError: a variable is missing or wrong, or the file cannot be read or sets an unknown name.
    """
    if settings_file is not None:
        _check_names(settings_file)
    try:
        return Settings(_env_file=settings_file, _env_file_encoding="utf-8")
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


def _check_names(path: Path) -> None:
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"the settings file {path} cannot be read: {reason}") from None
    broken = [line.original.line for line in lines if line.error]
    if broken:
        raise SettingsError(f"the settings file {path}, line {broken[0]}, is not NAME=value")
    known = [variable(field) for field in Settings.model_fields]
    for name in filter(None, (line.key for line in lines)):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{path} sets {name}, which is not a setting{hint}")


def variable(field: str) -> str:
    """The name of the variable that sets a field."""
    return PREFIX + field.upper()


def _one_line(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    missing = [_shown(str(detail["loc"][0])) for detail in details if detail["type"] == "missing"]
    parts = [f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"] if missing else []
    for detail in details:
        if detail["type"] != "missing":
            name = f"{variable(str(detail['loc'][0]))}: " if detail["loc"] else ""
            parts.append(name + detail["msg"].removeprefix("Value error, "))
    return f"{'; '.join(parts)}. Set them in the environment or as NAME=value lines in the file given with --config."


def _shown(field: str) -> str:
    other = f" (or {variable('private_key')})" if field == "private_key_path" else ""
    return variable(field) + other
