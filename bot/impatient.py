"""HTTP connections that a client cannot hold for ever: of itself uvicorn waits without a bound for a request's head."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class ImpatientProtocol(H11Protocol):
    """Closes a connection on which no whole request head arrives within ``timeout_keep_alive`` seconds.

    The time runs from the connection and from each answer on, whatever is sent meanwhile: so neither a head that
    trickles in nor a body that goes on after its request was refused keeps the connection. A body before the answer is
    the application's to bound.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The time starts."""
        super().connection_made(transport)
        self._start()

    def data_received(self, data: bytes) -> None:
        """The time ends when a request's head is whole."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop()

    def on_response_complete(self) -> None:
        """The time starts anew, unless the next request is here already."""
        before = self.cycle
        self._start()
        super().on_response_complete()
        if self.cycle is not before:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to close."""
        self._stop()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._stop()
        self._deadline = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
