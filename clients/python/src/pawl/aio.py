"""For programs with asyncio: reads, follows and saves configs of one server. Invariant: after `aclose()` nothing runs."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from ._call import Caller, Door, Pace
from ._decode import decode as decode_usual
from ._disk import Disk
from ._errors import PawlError
from ._save import SaveOutcome, save
from ._watch import AsyncLiveConfig, Snapshot, Subject
from .shapes import Config, NewGit, SaveConfig, Version

__all__ = ["AsyncClient", "AsyncLiveConfig", "connect"]

T = TypeVar("T")


class AsyncClient:
    """Made by `connect()`."""

    def __init__(self, caller: Caller, disk: Disk | None, server: str) -> None:
        self._caller = caller
        self._disk = disk
        self._server = server
        self._configs: set[AsyncLiveConfig[Any]] = set()

    async def watch(
        self,
        namespace: str,
        path: str,
        type: type[T],
        *,
        on_change: Callable[[Snapshot[T], Snapshot[T]], Awaitable[None] | None] | None = None,
        on_error: Callable[[PawlError], Awaitable[None] | None] | None = None,
        decode: Callable[[str, str], Any] = decode_usual,
    ) -> AsyncLiveConfig[T]:
        """
        Follows a config: waits for its value, from the server or, where that is away, the last good one from disk, and keeps
        it up to date until `aclose()`. Raises PawlError where there is no value.

        :param type: a model of pydantic, or whatever its TypeAdapter takes
        :param on_change: called with the old and the new Snapshot after a new version came and parsed; not for the first
        :param on_error: called when something goes wrong, once until it is well again; the last good value stays
        :param decode: for formats other than YAML and JSON: makes data of a text
        """
        adapter: TypeAdapter[T] = TypeAdapter(type)

        def parse(text: str, format: str) -> T:
            return adapter.validate_python(decode(text, format))

        subject = Subject(namespace, path, parse, on_change, on_error, self._configs.discard)
        config = AsyncLiveConfig(subject, self._caller, self._disk, self._server)
        await config.start()
        self._configs.add(config)
        return config

    async def read(self, namespace: str, path: str, version: int | None = None) -> tuple[Config, Version]:
        """A version with its text: the latest, or the one with this number. Raises PawlError."""
        read = await self._caller.read(namespace, path, version=version)
        found = None if read is None else read.latest or read.version
        if read is None or found is None:
            raise PawlError("unavailable", "the answer has no version; is this Pawl?")
        return read.config, found

    async def save(
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
        """
        Saves a text, as docs/api.md has it. Repeats the request where no answer comes, under one Idempotency-Key, so that it
        is saved once. Raises PawlError where no answer comes at all.

        :param base_version: the version the text was edited from; 0, that there must be no such config yet
        :param overwrite: instead of a base: the text takes the place of the latest one
        :param idempotency_key: of an earlier call whose outcome is unknown
        """
        text = SaveConfig(
            body_raw=body_raw,
            base_version=base_version,
            on_stale=on_stale,
            confirm=confirm,
            format=format,
            author=author,
            comment=comment,
            git=git,
            bypass=bypass,
        )
        return await save(
            self._caller, namespace, path, text, overwrite=overwrite, idempotency_key=idempotency_key
        )

    async def aclose(self) -> None:
        """Ends every watch and every connection."""
        for config in list(self._configs):
            await config.aclose()
        await self._caller.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def connect(
    server: str,
    *,
    token_file: str | os.PathLike[str] | None = None,
    token: Callable[[], str] | None = None,
    ca_file: str | os.PathLike[str] | None = None,
    cache_folder: str | os.PathLike[str] | None = None,
    pace: Pace | None = None,
) -> AsyncClient:
    """
    A client; it does not speak to the server yet.

    :param server: such as `https://pawl.pawl.svc:8443`
    :param token_file: the projected token of a service account, for Pawl's audience; read for each request, so a token that
        was rotated is used at once
    :param token: asked instead of a file
    :param ca_file: the authority to trust, PEM; without it, those the system trusts
    :param cache_folder: where last good values are kept, files that only their owner may read; without it, nowhere
    """
    if not server.startswith("https://"):
        raise ValueError(f"the server {server} is not an https:// URL: Pawl is never served without TLS")
    server = server.rstrip("/")
    if token is None:
        if token_file is None:
            raise ValueError("connect() needs a token_file or a token")
        token = Path(token_file).read_text
    door = Door(server, token, None if ca_file is None else Path(ca_file))
    disk = None if cache_folder is None else Disk(Path(cache_folder), server)
    return AsyncClient(Caller(door, pace or Pace()), disk, server)
