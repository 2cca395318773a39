"""Server-sent events out of chunks of bytes, as the HTML standard reads them."""

from __future__ import annotations

import codecs
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import NamedTuple

from ._errors import PawlError

# What is kept of an event that has not ended yet. One of Pawl's has a few hundred bytes.
_MAX_EVENT = 1 << 20
_LINE_END = re.compile(r"\r\n|\n|\r(?!$)")


class Event(NamedTuple):
    name: str
    data: str
    # As far as the stream has come; empty before the first id.
    id: str


async def read_events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event, None]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest, name, last_id, size = "", "", "", 0
    data: list[str] = []
    async for chunk in chunks:
        *lines, rest = _LINE_END.split(rest + decoder.decode(chunk))
        for line in lines:
            size += len(line)
            if line == "":
                if name or data:
                    yield Event(name or "message", "\n".join(data), last_id)
                name, data, size = "", [], 0
                continue
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id" and "\0" not in value:
                last_id = value
        if size + len(rest) > _MAX_EVENT:
            raise PawlError("unavailable", "an event of the stream is too long")
