"""
For programs with threads: `pawl.aio` on a loop in a thread of its own. Invariant: after `close()` that thread has ended, and so
has the one that runs callbacks.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from . import aio
from ._call import Pace
from ._decode import decode as decode_usual
from ._errors import PawlError
from ._save import SaveOutcome
from ._watch import AsyncLiveConfig, Snapshot, Source
from .shapes import Config, NewGit, Version

T = TypeVar("T")
R = TypeVar("R")


class _Loop:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # Daemons: a program that forgets close() ends all the same.
        self._thread = threading.Thread(target=self._loop.run_forever, name="pawl", daemon=True)
        self._thread.start()
        self._callbacks = ThreadPoolExecutor(1, thread_name_prefix="pawl-callbacks")
        self._here = threading.local()
        self._closed = False
        self._lock = threading.Lock()

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        if self._closed:
            work.close()
            raise PawlError("closed", "the client was closed")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def in_thread(self, callback: Callable[..., None] | None) -> Callable[..., Coroutine[Any, Any, None]] | None:
        """So that a callback that takes its time does not keep the loop from others."""
        if callback is None:
            return None

        def called(*args: Any) -> None:
            self._here.is_callback = True
            callback(*args)

        async def call(*args: Any) -> None:
            await self._loop.run_in_executor(self._callbacks, called, *args)

        return call

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with self._lock:
            if self._closed:
                return
            self.run(last())
            self.run(self._loop.shutdown_asyncgens())
            self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        # A callback may close the client, but not wait for its own end.
        self._callbacks.shutdown(wait=not getattr(self._here, "is_callback", False))


class LiveConfig(Generic[T]):
    """A config that is followed. Its value is always one that parsed."""

    def __init__(self, loop: _Loop, config: AsyncLiveConfig[T]) -> None:
        self._loop = loop
        self._config = config

    @property
    def current(self) -> Snapshot[T]:
        """The last good value with its version and text."""
        return self._config.current

    @property
    def value(self) -> T:
        return self._config.value

    @property
    def version(self) -> int:
        return self._config.version

    @property
    def source(self) -> Source:
        """`disk`: the server was away at the start, and has not been heard of since."""
        return self._config.source

    def stale_for(self) -> float:
        """Seconds since the server last confirmed that the value is the latest, for a metric."""
        return self._config.stale_for()

    def close(self) -> None:
        self._loop.run(self._config.aclose())

    def __enter__(self) -> LiveConfig[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Client:
    """Made by `connect()`."""

    def __init__(self, client: aio.AsyncClient) -> None:
        self._client = client
        self._loop = _Loop()

    def watch(
        self,
        namespace: str,
        path: str,
        type: type[T],
        *,
        on_change: Callable[[Snapshot[T], Snapshot[T]], None] | None = None,
        on_error: Callable[[PawlError], None] | None = None,
        decode: Callable[[str, str], Any] = decode_usual,
    ) -> LiveConfig[T]:
        """As `aio.AsyncClient.watch`; callbacks run in one thread, one after the other."""
        loop = self._loop
        watching = self._client.watch(
            namespace,
            path,
            type,
            on_change=loop.in_thread(on_change),
            on_error=loop.in_thread(on_error),
            decode=decode,
        )
        return LiveConfig(loop, loop.run(watching))

    def read(self, namespace: str, path: str, version: int | None = None) -> tuple[Config, Version]:
        """A version with its text: the latest, or the one with this number. Raises PawlError."""
        return self._loop.run(self._client.read(namespace, path, version))

    def save(
        self,
        namespace: str,
        path: str,
        body_raw: str,
        *,
        base_version: int | None = None,
        on_stale: str | None = None,
        confirm: str | None = None,
        format: str | None = None,
        author: str | None = None,
        comment: str | None = None,
        git: NewGit | None = None,
        bypass: str | None = None,
        overwrite: bool = False,
        idempotency_key: str | None = None,
    ) -> SaveOutcome:
        """As `aio.AsyncClient.save`."""
        return self._loop.run(
            self._client.save(
                namespace,
                path,
                body_raw,
                base_version=base_version,
                on_stale=on_stale,
                confirm=confirm,
                format=format,
                author=author,
                comment=comment,
                git=git,
                bypass=bypass,
                overwrite=overwrite,
                idempotency_key=idempotency_key,
            )
        )

    def close(self) -> None:
        """Ends every watch, every connection and every thread."""
        self._loop.close(self._client.aclose)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(
    server: str,
    *,
    token_file: str | os.PathLike[str] | None = None,
    token: Callable[[], str] | None = None,
    ca_file: str | os.PathLike[str] | None = None,
    cache_folder: str | os.PathLike[str] | None = None,
    pace: Pace | None = None,
) -> Client:
    """A client; it does not speak to the server yet. `aio.connect` says what each option means."""
    return Client(
        aio.connect(
            server, token_file=token_file, token=token, ca_file=ca_file, cache_folder=cache_folder, pace=pace
        )
    )
