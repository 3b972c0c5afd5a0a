"""How a call is made, by every backend: within its time, as often as the spec says, and not again once it is in vain."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import math
import random
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from reelwright.errors import BadItem, BuildError
from reelwright.models.backend import ChargedBadItem
from reelwright.models.trouble import TryAgain

T = TypeVar("T")

FIRST_WAIT_S = 1.0
"""Wait before the second try. The others grow threefold: four tries bridge 13 s, six 100 s, a minute's quota included."""

GROWTH = 3.0
"""Growth of the waits."""

LONGEST_WAIT_S = 60.0
"""The waits stop growing here."""

JITTER = 0.25
"""Largest part by which a wait is shortened, so that jobs that were refused together don't come back together."""

LONGEST_ASKED_S = 300.0
"""Longest wait asked for by a server that is waited for. One that closes for longer stops the job."""

PING_S = 20.0
"""Longest time for a sign of life, once a call has failed for good."""


@dataclass(frozen=True)
class Clock:
    """The time, and how to let it pass. Tests bring their own."""

    now: Callable[[], float] = time.time
    """Seconds since 1970."""
    pause: Callable[[float], None] | None = None
    """Lets so many seconds pass; None waits, until told to stop."""


@dataclass(frozen=True)
class TimeLimit:
    """The time that a call has, connecting included."""

    seconds: float
    key: str
    """The spec's key that sets it."""
    failing: str
    """What a server does that takes longer."""


class Stopped(BuildError):
    """The call was not made, because nobody waits for its answer any more."""


class Calls:
    """Makes the calls of one backend, from any number of threads.

    They run in an event loop in a thread of its own, for only there has a call one time limit, whatever it waits for:
    the timeouts of sockets begin anew with every byte.
    """

    def __init__(
        self,
        who: Callable[[], str],
        tries: int,
        clock: Clock,
        vital: Callable[[], None] = lambda: None,
    ) -> None:
        self._who = who
        self._tries = tries
        self._clock = clock
        self._vital = vital
        """Raises BuildError where the server is known to have died."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._fault: BuildError | None = None
        """Why nothing more is asked."""
        self._halt = threading.Event()
        self._not_before = -math.inf
        """When a crowded server is asked again, by any thread."""

    def make(
        self,
        once: Callable[[], Coroutine[Any, Any, T]],
        ping: Callable[[], Coroutine[Any, Any, object]],
        limit: TimeLimit,
    ) -> T:
        """The result of ``once``, which may raise TryAgain; ``ping`` only has to return where the server is alive.

        Raises BadItem where this call fails for good, BuildError where the server does: from then on every call raises it
        at once.
        """
        for number in range(1, self._tries + 1):
            self._wait_for_turn()
            try:
                return self._run(once(), limit.seconds)
            except TryAgain as error:
                trouble = error
            except TimeoutError:
                # Not tried again: what takes too long once does so again, and may have been charged.
                trouble = self._slow(limit)
                break
            except BuildError as error:
                raise self.fail(error) from None
            self._heed(trouble, number)
        raise self._give_up(trouble, ping) from None

    def _slow(self, limit: TimeLimit) -> TryAgain:
        message = f"{self._who()} {limit.failing} in {limit.seconds:g} s (`{limit.key}`)"
        return TryAgain("time_out", message, charged=True)

    def _give_up(self, trouble: TryAgain, ping: Callable[[], Coroutine[Any, Any, object]]) -> BadItem | BuildError:
        """What a trouble means that no more tries are made for: is it this request, or is the server gone?"""
        dead = trouble.unreachable
        if not dead and not self._halt.is_set():
            try:
                self._run(ping(), PING_S)
            except TryAgain as sign:
                # One that answers with an error is alive.
                dead = sign.silent
            except TimeoutError:
                dead = True
        if not dead:
            return trouble.final()
        more = "" if trouble.unreachable else ", nor does it answer anything else"
        return self.fail(BuildError(trouble.message + more))

    def _heed(self, trouble: TryAgain, number: int) -> None:
        """Let time pass after try ``number``, unless it was the last one."""
        try:
            self._vital()
        except BuildError as error:
            raise self.fail(error) from None
        wait_s = trouble.after_s
        if wait_s is None:
            wait_s = min(FIRST_WAIT_S * GROWTH ** (number - 1), LONGEST_WAIT_S) * (1 - JITTER * random.random())
        elif wait_s > LONGEST_ASKED_S:
            minutes = math.ceil(wait_s / 60)
            raise self.fail(BuildError(f"{trouble.message}; it asks to come back in {minutes} minutes: do that then"))
        if trouble.crowded:
            with self._lock:
                self._not_before = max(self._not_before, self._clock.now() + wait_s)
        elif number < self._tries:
            self._pause(wait_s)

    def _wait_for_turn(self) -> None:
        wait_s = self._not_before - self._clock.now()
        if wait_s > 0:
            self._pause(wait_s)
        self.refuse_if_stopped()

    def refuse_if_stopped(self) -> None:
        """Raise why nothing more is asked, where that is so."""
        if self._fault is not None:
            raise type(self._fault)(str(self._fault))

    def _pause(self, seconds: float) -> None:
        if self._clock.pause is None:
            self._halt.wait(seconds)
        else:
            self._clock.pause(seconds)

    def fail(self, fault: BuildError) -> BuildError:
        """Ask nothing more, for this reason or the one before, which is returned."""
        with self._lock:
            self._fault = self._fault or fault
        self._halt.set()
        return self._fault

    def stop(self, abandon: bool) -> None:
        """Ask nothing more; with ``abandon`` don't wait for what was asked either. Returns at once."""
        self.fail(Stopped("stopped"))
        loop = self._loop
        if abandon and loop is not None and loop.is_running():
            loop.call_soon_threadsafe(_cancel_all, loop)

    def close(self, cleanup: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Give up what is in flight, run ``cleanup`` and end the thread."""
        self.stop(abandon=False)
        with self._lock:
            self._closed = True
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_clear(cleanup), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _run(self, coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """The result of a coroutine; raises TimeoutError where it takes longer than ``timeout_s``."""
        with self._lock:
            if self._closed:
                coroutine.close()
                raise Stopped("stopped")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="model calls", daemon=True)
                self._thread.start()
            future = asyncio.run_coroutine_threadsafe(_within(coroutine, timeout_s), self._loop)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise ChargedBadItem("stopped", f"{self._who()}: given up before an answer came") from None


async def _within(coroutine: Coroutine[Any, Any, T], timeout_s: float) -> T:
    async with asyncio.timeout(timeout_s):
        return await coroutine


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()


async def _clear(cleanup: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Cancel all that is in flight, and clean up, for which a few seconds must do."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    with contextlib.suppress(Exception):
        await _within(cleanup(), 5.0)
