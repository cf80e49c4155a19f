"""Pages of a list, with the ``Link`` header by which clients find the next one."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request, Response

from bot.demo.standin.identity import world_of

Item = TypeVar("Item")


class Pager:
    """The page that a request asks for."""

    def __init__(
        self,
        request: Request,
        response: Response,
        page: Annotated[int, Query(ge=1)] = 1,
        per_page: Annotated[int, Query(ge=1)] = 30,
    ) -> None:
        self._request = request
        self._response = response
        self._page = page
        self._size = min(per_page, 100)

    def cut(self, items: Sequence[Item]) -> list[Item]:
        """The items of this page; sets the ``Link`` header when there are more pages."""
        last = max(1, -(-len(items) // self._size))
        wanted = {"prev": self._page - 1, "first": 1} if self._page > 1 else {}
        if self._page < last:
            wanted |= {"next": self._page + 1, "last": last}
        links = [f'<{self._url(page)}>; rel="{name}"' for name, page in wanted.items()]
        if links:
            self._response.headers["Link"] = ", ".join(links)
        return list(items[(self._page - 1) * self._size : self._page * self._size])

    def _url(self, page: int) -> str:
        query = self._request.url.include_query_params(page=page, per_page=self._size).query
        return f"{world_of(self._request).config.url}{self._request.url.path}?{query}"


Paged = Annotated[Pager, Depends()]
