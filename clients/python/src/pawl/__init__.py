"""
Reads, follows and saves configs of Pawl, versioned and merge-safe configuration for Kubernetes.

`pawl.connect()` is for programs with threads, `pawl.aio.connect()` for programs with asyncio. The shapes of the HTTP API in
`pawl.shapes` are generated from Pawl's api/openapi.yaml.
"""

from . import aio
from ._call import Pace
from ._decode import decode
from ._errors import PawlError, Reason
from ._save import Conflict, Merged, NeedsApproval, NeedsConfirmation, Refused, Saved, SaveOutcome, Unchanged
from ._sync import Client, LiveConfig, connect
from ._watch import Snapshot, Source
from .shapes import Config, Place, Problem, Version

__all__ = [
    "Client",
    "Config",
    "Conflict",
    "LiveConfig",
    "Merged",
    "NeedsApproval",
    "NeedsConfirmation",
    "Pace",
    "PawlError",
    "Place",
    "Problem",
    "Reason",
    "Refused",
    "SaveOutcome",
    "Saved",
    "Snapshot",
    "Source",
    "Unchanged",
    "Version",
    "aio",
    "connect",
    "decode",
]
