"""
The last good texts in a folder, a file each. Invariant: a file is whole, because it appears by a rename; only its owner may
read it; and its time is that of the server's last confirmation.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

# Larger than any text that Pawl keeps, as JSON.
MAX_BYTES = 16 << 20


@dataclass(frozen=True)
class Kept:
    server: str
    namespace: str
    path: str
    format: str
    version: int
    content_sha256: str
    body_raw: str


class Disk:
    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self._server = server

    def read(self, namespace: str, path: str) -> tuple[Kept, float] | None:
        """With the seconds since the server last confirmed it. None where there is no file, or one that is not whole."""
        file = self._file_of(namespace, path)
        try:
            about = file.stat()
        except FileNotFoundError:
            return None
        if about.st_size > MAX_BYTES:
            return None
        try:
            kept = Kept(**json.loads(file.read_text(encoding="utf-8")))
            is_whole = _sha256(kept.body_raw) == kept.content_sha256
        except (ValueError, TypeError, AttributeError):
            return None
        if not is_whole or (kept.server, kept.namespace, kept.path) != (self._server, namespace, path):
            return None
        return kept, max(0.0, time.time() - about.st_mtime)

    def write(self, kept: Kept) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Mode 0600.
        handle, temporary = tempfile.mkstemp(prefix="pawl-", suffix=".new", dir=self._folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(kept)) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._file_of(kept.namespace, kept.path))
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def touch(self, namespace: str, path: str) -> None:
        """The server has confirmed it just now."""
        os.utime(self._file_of(namespace, path))

    def _file_of(self, namespace: str, path: str) -> Path:
        """The same in every language, so that a program can be written anew."""
        return self._folder / f"pawl-{_sha256(f'{namespace}/{path}')[:32]}.json"


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
