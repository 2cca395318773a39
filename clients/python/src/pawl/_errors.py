"""What can go wrong, as one exception with a reason a program can switch on."""

from __future__ import annotations

from typing import Literal

from .shapes import Problem

Reason = Literal["unavailable", "outcome-unknown", "refused", "invalid", "token", "cache", "callback", "closed"]


class PawlError(Exception):
    """
    Its `reason` is one of:

    - `unavailable`: the server did not answer, or asked to come back later; it passes by itself
    - `outcome-unknown`: nobody knows whether a save was done; send it again with the error's `idempotency_key`
    - `refused`: the server said no; `problem` has its reason
    - `invalid`: the text of a version does not become a value; the last good one stays
    - `token`: the token cannot be read
    - `cache`: the last good value cannot be kept on disk, or read from there
    - `callback`: a callback raised
    - `closed`: the client was closed
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        problem: Problem | None = None,
        version: int | None = None,
        retry_after: float = 0.0,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.problem = problem
        # Of `invalid`: the version that does not become a value.
        self.version = version
        # Seconds the server asked to be left alone.
        self.retry_after = retry_after
        self.idempotency_key = idempotency_key

    def is_problem(self, reason: str) -> bool:
        return self.problem is not None and self.problem.reason == reason
