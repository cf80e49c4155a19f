"""Takes stored deliveries in order and gives each to its handlers; a bad one never holds the others up."""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass

from bot.edges.deliveries import Deliveries, Delivery
from bot.edges.storage import StoreError
from bot.router import Event, PayloadError, Router, parse
from bot.workflows.reviews import Reviews

HOUR = 3600.0
DAY = 24 * HOUR

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the dispatcher spends its time.

    Args:
        attempts: how often a delivery is tried.
        first_pause: seconds before a failed delivery's second attempt; doubled before every further one.
        poll_seconds: time between two looks when nobody wakes it.
        retention_days: how long a handled delivery's payload is kept.
        record_days: how long anything is kept of deliveries and reviews that are over.
    """

    attempts: int = 5
    first_pause: float = 2.0
    poll_seconds: float = 5.0
    retention_days: int = 7
    record_days: int = 90


class Dispatcher:
    """The loop between the table of deliveries and the handlers.

    Args:
        deliveries: the table.
        router: which handler answers which event.
        reviews: what handlers may ask for.
        owner: this replica's name.
        pace: how it spends its time.
    """

    def __init__(self, deliveries: Deliveries, router: Router, reviews: Reviews, owner: str, pace: Pace) -> None:
        self._deliveries = deliveries
        self._router = router
        self._reviews = reviews
        self._owner = owner
        self._pace = pace
        self._wake = asyncio.Event()
        self._took_back = False
        self._swept: float | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """A delivery was stored: look at once. Call on the event loop."""
        self._wake.set()

    async def start(self) -> None:
        """Run."""
        self._task = asyncio.create_task(self._run(), name="dispatcher")

    async def stop(self) -> None:
        """End after the delivery in hand."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            more = await asyncio.to_thread(self._guarded)
            if not more and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._pace.poll_seconds)

    def _guarded(self) -> bool:
        try:
            self._take_back()
            self._sweep()
            return self.step()
        except StoreError as error:
            _log.error("the database does not answer: %s", error)
        except Exception:
            # Whatever it is, deliveries keep coming in, and this loop is what handles them: it goes on after a pause.
            _log.exception("the dispatcher stumbled")
        return False

    def step(self) -> bool:
        """Handle the next delivery that is due; false when there is none."""
        delivery = self._deliveries.claim(self._owner)
        if delivery is None:
            return False
        extra = {"delivery": delivery.guid, "event": delivery.event, "attempt": delivery.attempts}
        try:
            handled = self._handle(delivery)
        except PayloadError as error:
            _log.warning("delivery set aside: %s", error, extra=extra)
            self._deliveries.dead(delivery.guid, f"the payload cannot be used: {error}")
        except Exception as error:
            _log.exception("delivery failed", extra=extra)
            self._fail(delivery, error)
        else:
            _log.info("delivery done", extra={**extra, "handlers": handled})
            self._deliveries.done(delivery.guid)
        return True

    def _handle(self, delivery: Delivery) -> int:
        if delivery.attempts > self._pace.attempts:
            raise PayloadError("every attempt at it ended with the process")
        if delivery.payload is None:
            raise PayloadError("it was dropped after its retention")
        event = Event(delivery.guid, delivery.event, parse(delivery.payload))
        handlers = self._router.handlers(event)
        for handler in handlers:
            handler(event, self._reviews)
        return len(handlers)

    def _fail(self, delivery: Delivery, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        if delivery.attempts >= self._pace.attempts:
            self._deliveries.dead(delivery.guid, reason)
        else:
            self._deliveries.failed(delivery.guid, reason, self._pace.first_pause * 2 ** (delivery.attempts - 1))

    def _take_back(self) -> None:
        """Once: what an earlier life of this replica had claimed."""
        if not self._took_back:
            self._deliveries.release(self._owner)
            self._took_back = True

    def _sweep(self) -> None:
        now = time.monotonic()
        if self._swept is None or now - self._swept >= HOUR:
            self._swept = now
            self._reviews.retry()
            self._deliveries.drop_payloads(self._pace.retention_days * DAY)
            self._deliveries.forget(self._pace.record_days * DAY)
            self._reviews.forget(self._pace.record_days * DAY)
