"""
A config that is followed: its last good value, and one task that keeps it up to date until it is closed. Invariant: the value
is always one that parsed, and `on_change` is called in the order of versions; nothing runs after `aclose()`.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import ValidationError

from ._call import Caller, path_of
from ._disk import Disk, Kept
from ._errors import PawlError
from ._events import Event, read_events
from ._faults import fault_of
from .shapes import ConfigRead, WatchEvent

T = TypeVar("T")

# `disk`: the server was away at the start, and has not been heard of since.
Source = Literal["server", "disk"]

# How what we have compares with the server. `same`: confirmed; `behind`: we could not look; `gone`: it has none; `unread`: its
# latest does not parse.
_Standing = Literal["same", "behind", "gone", "unread"]

_TOUCH_EVERY = 60.0


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    value: T
    version: int
    text: str
    format: str


@dataclass(frozen=True)
class Subject(Generic[T]):
    namespace: str
    path: str
    # Makes a value of a text in a format, or raises.
    parse: Callable[[str, str], T]
    on_change: Callable[[Snapshot[T], Snapshot[T]], Awaitable[None] | None] | None
    on_error: Callable[[PawlError], Awaitable[None] | None] | None
    # Called with the config when it is closed.
    closed: Callable[[Any], None]


class AsyncLiveConfig(Generic[T]):
    def __init__(self, subject: Subject[T], caller: Caller, disk: Disk | None, server: str) -> None:
        self._subject = subject
        self._caller = caller
        self._disk = disk
        self._server = server
        self._now: Snapshot[T] | None = None
        self._source: Source = "server"
        self._standing: _Standing = "behind"
        # The latest version that was read, whether or not it parsed.
        self._seen: int | None = None
        self._last_event_id = ""
        self._confirmed_at = 0.0
        self._touched_at = 0.0
        # What was told last, so that it is told once.
        self._told = ""
        self._task: asyncio.Task[None] | None = None

    @property
    def current(self) -> Snapshot[T]:
        """The last good value with its version and text."""
        assert self._now is not None, "the config has no value before it has started"
        return self._now

    @property
    def value(self) -> T:
        return self.current.value

    @property
    def version(self) -> int:
        return self.current.version

    @property
    def source(self) -> Source:
        return self._source

    def stale_for(self) -> float:
        """Seconds since the server last confirmed that the value is the latest, for a metric."""
        return time.monotonic() - self._confirmed_at

    async def aclose(self) -> None:
        """Nothing of it runs, and no callback is called, once this has returned."""
        task, self._task = self._task, None
        if task is None:
            return
        self._subject.closed(self)
        task.cancel()
        if task is not asyncio.current_task():
            await asyncio.wait([task])

    async def __aenter__(self) -> AsyncLiveConfig[T]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def start(self) -> None:
        found = await self._from_disk()
        await self._first(found)
        self._task = asyncio.create_task(self._follow(), name=f"pawl {self._subject.namespace}/{self._subject.path}")

    async def _first(self, found: bool) -> None:
        pace = self._caller.pace
        end = time.monotonic() + pace.start
        failures = 0
        while True:
            try:
                return await self._look(found)
            except PawlError as error:
                if error.reason != "unavailable":
                    raise
                if found:
                    return await self._tell(error)
                wait = pace.back_off(failures, error.retry_after)
                if time.monotonic() + wait > end:
                    raise
            failures += 1
            await asyncio.sleep(wait)

    async def _from_disk(self) -> bool:
        if self._disk is None:
            return False
        try:
            found = self._disk.read(self._subject.namespace, self._subject.path)
            if found is None:
                return False
            kept, age = found
            self._now = self._snapshot(kept.version, kept.body_raw, kept.format)
        except OSError as error:
            await self._tell(_cache_error(error))
            return False
        except PawlError as error:
            await self._tell(error)
            return False
        self._seen = kept.version
        self._source = "disk"
        self._confirmed_at = time.monotonic() - age
        return True

    def _snapshot(self, version: int, text: str, format: str) -> Snapshot[T]:
        try:
            return Snapshot(self._subject.parse(text, format), version, text, format)
        except Exception as error:
            fault = fault_of(error)
        where = f"{self._subject.namespace}/{self._subject.path}"
        # Not in the handler: messages of parsers quote the text, and a traceback shows them.
        raise PawlError("invalid", f"version {version} of {where} is not valid here: {fault}", version=version)

    async def _follow(self) -> None:
        failures = 0
        while True:
            wait = 0.0
            try:
                async with aclosing(self._stream()) as stream:
                    async for _ in stream:
                        failures = 0
            except PawlError as error:
                # Of another database, perhaps: begin anew.
                if error.is_problem("InvalidCursor"):
                    self._last_event_id = ""
                else:
                    await self._tell(error)
                failures += 1
                wait = error.retry_after
            except Exception as odd:
                # Of an answer that nobody thought of. Its message may quote it.
                await self._tell(PawlError("unavailable", f"the answer is not one of Pawl's: {type(odd).__name__}"))
                failures += 1
            if self._standing == "same":
                self._standing = "behind"
            await asyncio.sleep(self._caller.pace.back_off(failures, wait))

    async def _stream(self) -> AsyncGenerator[None, None]:
        """One connection, until it breaks; yields after each event."""
        where = path_of("watch", self._subject.namespace, self._subject.path)
        async with self._caller.stream(where, self._last_event_id) as chunks, aclosing(read_events(chunks)) as events:
            is_first = True
            async for event in events:
                # What happened while nobody listened is looked for once; what follows is told.
                if is_first or self._asks_to_look(event):
                    await self._look(True)
                elif self._standing == "same":
                    await self._confirm()
                is_first = False
                self._last_event_id = event.id or self._last_event_id
                yield

    def _asks_to_look(self, event: Event) -> bool:
        if event.name == "expired":
            return True
        if event.name != "change":
            return self._standing == "behind"
        try:
            change = WatchEvent.model_validate_json(event.data)
        except ValidationError:
            return True
        if change.kind == "version-deleted":
            return False
        return change.kind == "deleted" or change.version > (self._seen or 0) or self._standing == "gone"

    async def _look(self, has_value: bool) -> None:
        """Reads the latest, if it is not the one we have. What does not parse is only told where there is a value."""
        if self._standing == "same":
            self._standing = "behind"
        try:
            read = await self._caller.read(self._subject.namespace, self._subject.path, known=self._seen)
        except PawlError as error:
            if not has_value or not error.is_problem("ConfigNotFound") or self._source == "disk":
                raise
            # The stream goes on, and says when there is one again.
            self._standing = "gone"
            return await self._tell(error)
        if read is not None:
            return await self._take(read, has_value)
        # Where that is the one that was told not to parse, ours is still not the latest.
        if self._seen == self.version:
            self._standing = "same"
            await self._confirm()

    async def _take(self, read: ConfigRead, has_value: bool) -> None:
        latest = read.latest
        if latest is None:
            raise PawlError("unavailable", "the answer has no version; is this Pawl?")
        try:
            now = self._snapshot(latest.version, latest.body_raw, read.config.format)
        except PawlError as error:
            if not has_value:
                raise
            self._seen = latest.version
            self._standing = "unread"
            return await self._tell(error)
        old = self._now
        self._seen = latest.version
        self._now = now
        self._standing = "same"
        await self._keep(now, latest.content_sha256)
        await self._confirm()
        if old is not None and self._subject.on_change is not None:
            await self._call(self._subject.on_change, old, now)

    async def _keep(self, now: Snapshot[T], content_sha256: str) -> None:
        if self._disk is None:
            return
        self._touched_at = time.monotonic()
        namespace, path = self._subject.namespace, self._subject.path
        try:
            self._disk.write(
                Kept(self._server, namespace, path, now.format, now.version, content_sha256, now.text)
            )
        except OSError as error:
            await self._tell(_cache_error(error))

    async def _confirm(self) -> None:
        now = time.monotonic()
        self._source = "server"
        self._confirmed_at = now
        self._told = ""
        if self._disk is None or now - self._touched_at < _TOUCH_EVERY:
            return
        self._touched_at = now
        try:
            self._disk.touch(self._subject.namespace, self._subject.path)
        except OSError as error:
            await self._tell(_cache_error(error))

    async def _tell(self, error: PawlError) -> None:
        key = f"{error.reason} {error.problem.reason if error.problem else ''} {error.version or ''}"
        if key == self._told or self._subject.on_error is None:
            return
        self._told = key
        await self._call(self._subject.on_error, error)

    async def _call(self, callback: Callable[..., Awaitable[None] | None], *args: Any) -> None:
        """A callback's own fault is told once, and does not end the task."""
        try:
            answer = callback(*args)
            if inspect.isawaitable(answer):
                await answer
        except Exception as fault:
            if callback is self._subject.on_error or self._subject.on_error is None:
                return
            error = PawlError("callback", f"a callback raised: {fault!r}")
            error.__cause__ = fault
            await self._call(self._subject.on_error, error)


def _cache_error(cause: OSError) -> PawlError:
    error = PawlError("cache", f"the last good value cannot be kept on disk: {cause}")
    error.__cause__ = cause
    return error
