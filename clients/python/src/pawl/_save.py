"""
Saving a text, and what can become of it as a closed union. Invariant: one call saves at most once, however often it has to be
sent; where nobody knows whether it did, that is what is raised.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from ._call import Answer, Caller, path_of, refusal
from ._errors import PawlError
from .shapes import ApprovalRead, Place, Problem, SaveConfig, SavedConfig


Read = TypeVar("Read", bound=BaseModel)


@dataclass(frozen=True)
class _Written:
    version: int
    # The whole text of that version.
    text: str
    # As the API has it: saved, merged, confirmed, overwrite, unchanged.
    result: str


@dataclass(frozen=True)
class _Stale:
    current_version: int
    current_author: str | None
    # What the sender changed, unified.
    diff: str


@dataclass(frozen=True)
class Saved(_Written):
    """Saved as it was sent."""


@dataclass(frozen=True)
class Merged(_Written):
    """Carried onto the latest version; `text` is the merged text."""


@dataclass(frozen=True)
class Unchanged(_Written):
    """The text was the latest already."""


@dataclass(frozen=True)
class NeedsConfirmation(_Stale):
    """Nothing was saved. The same call with `confirm=token` saves exactly `merged`."""

    token: str
    merged: str
    # What that changes: latest to merged, unified.
    merged_diff: str


@dataclass(frozen=True)
class Conflict(_Stale):
    """Nothing was saved: somebody else changed the same places."""

    places: list[Place]
    # The merged text with marks at the clashes, as Git makes them.
    marked: str


@dataclass(frozen=True)
class NeedsApproval:
    """Nothing is saved yet: it is kept under this id, and will be when so many other people have approved it."""

    id: str
    needed: int


@dataclass(frozen=True)
class Refused:
    """Nothing was saved, for the reason given."""

    reason: str
    message: str
    problem: Problem


SaveOutcome = Saved | Merged | Unchanged | NeedsConfirmation | Conflict | NeedsApproval | Refused


async def save(
    caller: Caller, namespace: str, path: str, text: SaveConfig, *, overwrite: bool, idempotency_key: str | None
) -> SaveOutcome:
    key = idempotency_key or str(uuid4())
    body = text.model_dump_json(exclude_none=True, by_alias=True).encode()
    headers = {"Accept": "application/json", "Content-Type": "application/json", "Idempotency-Key": key}
    if overwrite:
        headers["If-Match"] = "*"
    end = time.monotonic() + caller.pace.save
    doubtful, failures = False, 0
    while True:
        try:
            return _outcome(await caller.call("PUT", path_of("configs", namespace, path), headers, body))
        except PawlError as error:
            doubtful = doubtful or _may_be_done(error)
            wait = caller.pace.back_off(failures, error.retry_after)
            if error.reason != "unavailable" or time.monotonic() + wait > end:
                if not doubtful:
                    raise
                message = f"it is not known whether the text was saved: {error}"
                raise PawlError("outcome-unknown", message, idempotency_key=key) from error
        failures += 1
        await asyncio.sleep(wait)


def _may_be_done(error: PawlError) -> bool:
    """Anything but a clear answer that nothing was begun."""
    if error.reason in ("token", "refused"):
        return False
    return error.problem is None or error.problem.reason in ("OutcomeUnknown", "Internal")


def _outcome(answer: Answer) -> SaveOutcome:
    if answer.status == 202:
        kept = _read(ApprovalRead, answer)
        return NeedsApproval(kept.id, kept.needed)
    if answer.status not in (200, 201):
        error = refusal(answer)
        if error.reason == "refused" and error.problem is not None:
            return _refused(error.problem)
        raise error
    saved = _read(SavedConfig, answer)
    written = (saved.latest.version, saved.latest.body_raw, saved.result)
    if saved.result == "unchanged":
        return Unchanged(*written)
    return Merged(*written) if saved.result in ("merged", "confirmed") else Saved(*written)


def _read(shape: type[Read], answer: Answer) -> Read:
    try:
        return shape.model_validate_json(answer.text)
    except ValidationError as error:
        raise PawlError("unavailable", "the answer is not JSON; is this Pawl?") from error


def _refused(problem: Problem) -> SaveOutcome:
    stale = (problem.current_version or 0, problem.current_author, problem.diff or "")
    if problem.reason == "ConfirmationRequired" and problem.token and problem.merged is not None:
        return NeedsConfirmation(*stale, problem.token, problem.merged, problem.merged_diff or "")
    if problem.reason == "VersionConflict":
        return Conflict(*stale, problem.places or [], problem.marked or "")
    return Refused(problem.reason, problem.detail, problem)
