"""Requests that the API takes. Numbers and limits are GitHub's; a field that we lack is refused, not ignored."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

TEXT_LIMIT = 65_535
"""Most characters of a summary or a text. Source: GitHub's OpenAPI description."""

ANNOTATIONS_LIMIT = 50
"""Most annotations in one request. Source: as above."""

SHORT_TEXT_BYTES = 64 * 1024
"""Most bytes of an annotation's message or details. Source: as above."""


def _within_64_kib(text: str) -> str:
    if len(text.encode()) > SHORT_TEXT_BYTES:
        raise ValueError("is longer than 64 KB")
    return text


Long = Annotated[StrictStr, Field(max_length=TEXT_LIMIT)]
Details = Annotated[StrictStr, AfterValidator(_within_64_kib)]
Line = Annotated[StrictInt, Field(ge=1)]
Time = Annotated[StrictStr, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
Side = Literal["LEFT", "RIGHT"]


class Body(BaseModel):
    """Base of every request body."""

    model_config = ConfigDict(extra="forbid")


class TokenBody(Body):
    """What an installation token is narrowed to."""

    repositories: list[StrictStr] | None = None
    repository_ids: list[StrictInt] | None = None
    permissions: dict[StrictStr, Literal["read", "write", "admin"]] | None = None


class AnnotationBody(Body):
    """One annotation."""

    path: StrictStr
    start_line: Line
    end_line: Line
    start_column: Line | None = None
    end_column: Line | None = None
    annotation_level: Literal["notice", "warning", "failure"]
    message: Details
    title: Annotated[StrictStr, Field(max_length=255)] | None = None
    raw_details: Details | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_line < self.start_line:
            raise ValueError("end_line must not precede start_line")
        if self.start_line != self.end_line and (self.start_column or self.end_column):
            raise ValueError("columns are for annotations of one line only")
        return self


class OutputBody(Body):
    """What a check run shows."""

    title: StrictStr
    summary: Long
    text: Long | None = None
    annotations: Annotated[list[AnnotationBody], Field(max_length=ANNOTATIONS_LIMIT)] = []


class ActionBody(Body):
    """A button of a completed check run."""

    label: Annotated[StrictStr, Field(max_length=20)]
    description: Annotated[StrictStr, Field(max_length=40)]
    identifier: Annotated[StrictStr, Field(max_length=20)]


class CheckUpdateBody(Body):
    """Changes to a check run."""

    name: Annotated[StrictStr, Field(min_length=1)] | None = None
    details_url: StrictStr | None = None
    external_id: StrictStr | None = None
    status: Literal["queued", "in_progress", "completed"] | None = None
    started_at: Time | None = None
    conclusion: (
        Literal["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"] | None
    ) = None
    completed_at: Time | None = None
    output: OutputBody | None = None
    actions: Annotated[list[ActionBody], Field(max_length=3)] | None = None

    @model_validator(mode="after")
    def _concludes_when_completed(self) -> Self:
        if self.conclusion is None and (self.status == "completed" or self.completed_at is not None):
            raise ValueError("conclusion is required when the check run is completed")
        return self


class CheckBody(CheckUpdateBody):
    """A new check run."""

    name: Annotated[StrictStr, Field(min_length=1)]
    head_sha: StrictStr


class CommentBody(Body):
    """A comment of a review, by line of one side or by the older position."""

    path: StrictStr
    body: Annotated[StrictStr, Field(min_length=1, max_length=65_536)]
    line: StrictInt | None = None
    side: Side = "RIGHT"
    start_line: StrictInt | None = None
    start_side: Side | None = None
    position: StrictInt | None = None


class ReviewBody(Body):
    """A new review."""

    commit_id: StrictStr | None = None
    body: Annotated[StrictStr, Field(max_length=65_536)] = ""
    event: Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"] | None = None
    comments: list[CommentBody] = []


class MergeBody(Body):
    """How to merge."""

    commit_title: StrictStr | None = None
    commit_message: StrictStr | None = None
    sha: StrictStr | None = None
    merge_method: Literal["merge"] = "merge"


class PullBody(Body):
    """Changes to a pull request."""

    title: StrictStr | None = None
    body: StrictStr | None = None
    state: Literal["open", "closed"] | None = None


class HookBody(Body):
    """Where the App's webhook goes."""

    url: StrictStr | None = None
    secret: StrictStr | None = None
    content_type: Literal["json"] = "json"
