"""Refusals, in the JSON that GitHub uses for them."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

DOCUMENTATION = "https://docs.github.com/rest"


class RefusedError(Exception):
    """An answer that is not a success.

    Args:
        status: HTTP status.
        message: what GitHub would say, or for 501 what is missing here.
        errors: GitHub's list of details, where it gives one.
    """

    def __init__(self, status: int, message: str, errors: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)

    def answer(self) -> JSONResponse:
        """The response that says so."""
        body: dict[str, object] = {"message": self.message}
        if self.errors:
            body["errors"] = self.errors
        return JSONResponse(
            {**body, "documentation_url": DOCUMENTATION, "status": str(self.status)}, status_code=self.status
        )


def not_found() -> RefusedError:
    """What does not exist, or what the caller may not see."""
    return RefusedError(404, "Not Found")


def forbidden() -> RefusedError:
    """An installation token without the permission."""
    return RefusedError(403, "Resource not accessible by integration")


def missing(what: str) -> RefusedError:
    """A part of GitHub that the stand-in lacks."""
    return RefusedError(501, f"The stand-in for GitHub does not have {what}. It is not GitHub; see its README.")


async def on_refusal(_: Request, error: RefusedError) -> Response:
    """Handler of RefusedError."""
    return error.answer()


async def on_invalid(_: Request, error: RequestValidationError) -> Response:
    """Handler of FastAPI's own validation: 400 for broken JSON, 501 for a field we lack, else 422 naming the fields."""
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return RefusedError(400, "Problems parsing JSON").answer()
    unknown = [_place(problem["loc"]) for problem in problems if problem["type"] == "extra_forbidden"]
    if unknown:
        return missing(f"the request field {', '.join(unknown)}").answer()
    lines = [f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems]
    return RefusedError(422, "Invalid request.\n\n" + "\n".join(lines)).answer()


async def on_no_route(request: Request, _: Exception) -> Response:
    """Handler of 404 and 405 for paths without a route: below the API they mean that we lack the endpoint."""
    if request.url.path.startswith("/api/"):
        return missing(f"{request.method} {request.url.path}").answer()
    return Response("There is nothing here.\n", 404, media_type="text/plain")


def _place(location: Sequence[object]) -> str:
    return "/".join(str(part) for part in location if part != "body") or "the body"
