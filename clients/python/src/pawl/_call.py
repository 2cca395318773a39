"""
Requests to Pawl, with a token and an end in time. Invariant: what is raised is a PawlError, and one that is `unavailable` may
be tried again.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from ._errors import PawlError
from .shapes import ConfigRead, Problem

_PASSING = frozenset({408, 425, 429})
MAX_ANSWER = 16 << 20


@dataclass(frozen=True)
class Pace:
    """How long to wait for what, in seconds."""

    # Longest wait for an answer, and for a stream to begin.
    request: float = 10.0
    # A stream that says nothing for so long is broken: the server says something every 15 seconds.
    idle: float = 45.0
    min_back_off: float = 0.5
    max_back_off: float = 30.0
    # How long `watch` waits for a first value where there is none on disk.
    start: float = 30.0
    # How long a save is repeated while nobody knows what became of it.
    save: float = 30.0
    # From 0 to 1.
    random: Callable[[], float] = field(default=random.random)

    def back_off(self, failures: int, asked: float = 0.0) -> float:
        """Doubles with each failure in a row; half of it is chance, so that a thousand programs do not come back as one."""
        whole = min(self.min_back_off * 2 ** min(failures, 20), self.max_back_off)
        return max(asked, whole / 2 + whole / 2 * self.random())


@dataclass(frozen=True)
class Door:
    """Where requests go, and as whom."""

    server: str
    # Asked before each request, and once more when a token was not accepted.
    token: Callable[[], str]
    ca_file: Path | None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: httpx.Headers
    text: bytes


class Caller:
    def __init__(self, door: Door, pace: Pace) -> None:
        self._door = door
        self.pace = pace
        self._http: httpx.AsyncClient | None = None
        self._authority: object = None

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()

    async def call(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> Answer:
        """The whole answer, also of a request that is refused."""
        async with _failures(self.pace.request):
            response = await self._send(method, path, headers, body)
            try:
                return Answer(response.status_code, response.headers, await _whole(response))
            finally:
                await response.aclose()

    async def read(
        self, namespace: str, path: str, *, version: int | None = None, known: int | None = None
    ) -> ConfigRead | None:
        """None: the latest still is the one known."""
        headers = {"Accept": "application/json"}
        if known is not None:
            headers["If-None-Match"] = f'"{known}"'
        query = "" if version is None else f"?version={version}"
        answer = await self.call("GET", path_of("configs", namespace, path) + query, headers)
        if answer.status == 304:
            return None
        if answer.status != 200:
            raise refusal(answer)
        try:
            return ConfigRead.model_validate_json(answer.text)
        except ValidationError:
            pass
        # Not in the handler: what was raised there quotes the answer, and so a config.
        raise PawlError("unavailable", "the answer is not a version; is this Pawl?")

    @asynccontextmanager
    async def stream(self, path: str, last_event_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Chunks of a stream of events, which fails when it is silent for too long."""
        headers = {"Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        async with _failures(self.pace.request):
            response = await self._send("GET", path, headers, None)
        try:
            if response.status_code != 200:
                async with _failures(self.pace.request):
                    text = await _whole(response)
                raise refusal(Answer(response.status_code, response.headers, text))
            async with aclosing(self._chunks(response)) as chunks:
                yield chunks
        finally:
            await response.aclose()

    async def _chunks(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        async with aclosing(cast(AsyncGenerator[bytes, None], response.aiter_bytes())) as chunks:
            while True:
                async with _failures(self.pace.idle):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                yield chunk

    async def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> httpx.Response:
        """With the token of now; once more where it was changed while the old one was on its way."""
        token = self._token()
        response = await self._send_as(token, method, path, headers, body)
        if response.status_code != 401:
            return response
        again = self._token()
        if again == token:
            return response
        await response.aclose()
        return await self._send_as(again, method, path, headers, body)

    async def _send_as(
        self, token: str, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> httpx.Response:
        http = await self._connected()
        request = http.build_request(
            method, self._door.server + path, headers=headers | {"Authorization": f"Bearer {token}"}, content=body
        )
        return await http.send(request, stream=True)

    def _token(self) -> str:
        try:
            token = self._door.token().strip()
        except UnicodeError:
            token = ""
        except Exception as error:
            raise PawlError("token", f"the token cannot be read: {error}") from error
        # What httpx raises of such a header quotes the token.
        if not re.fullmatch(r"[!-~]+", token):
            raise PawlError("token", "the token has a character that no token has, such as a space, or is empty")
        return token

    async def _connected(self) -> httpx.AsyncClient:
        """Trusts the authority that is in the file now."""
        ca_file = self._door.ca_file
        about = None if ca_file is None else os.stat(ca_file)
        authority = None if about is None else (about.st_ino, about.st_mtime_ns, about.st_size)
        if self._http is not None and authority == self._authority:
            return self._http
        trust = ssl.create_default_context(cafile=ca_file)
        if self._http is not None:
            await self._http.aclose()
        self._authority = authority
        self._http = httpx.AsyncClient(
            verify=trust,
            follow_redirects=False,
            # Deadlines are ours.
            timeout=None,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=4, keepalive_expiry=60),
        )
        return self._http


@asynccontextmanager
async def _failures(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise PawlError("unavailable", f"the server said nothing for {seconds:g} s") from error
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError) as error:
        raise PawlError("unavailable", f"no answer: {error or type(error).__name__}") from error


async def _whole(response: httpx.Response) -> bytes:
    text = bytearray()
    async for chunk in response.aiter_bytes():
        text += chunk
        if len(text) > MAX_ANSWER:
            raise PawlError("unavailable", "the answer is too large")
    return bytes(text)


def refusal(answer: Answer) -> PawlError:
    """Of an answer that is not the one hoped for."""
    try:
        problem = Problem.model_validate_json(answer.text)
    except ValidationError:
        # It was not written by Pawl, but by something in between.
        problem = None
    message = problem.detail if problem else f"the answer's status is {answer.status}"
    is_passing = answer.status in _PASSING or not 400 <= answer.status < 500
    if problem is not None and not is_passing:
        return PawlError("refused", message, problem=problem)
    seconds = answer.headers.get("Retry-After", "")
    wait = float(seconds) if re.fullmatch(r"[0-9]{1,6}", seconds) else 0.0
    return PawlError("unavailable", message, problem=problem, retry_after=wait)


def path_of(root: str, namespace: str, path: str) -> str:
    return f"/{root}/{quote(namespace, safe='')}/{quote(path, safe='/')}"
