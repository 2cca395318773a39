"""Why a text does not become a value: the place and the kind. Invariant: never the value, which is not for a log."""

from __future__ import annotations

import json

import yaml
from pydantic import ValidationError

from ._errors import PawlError

_MOST = 5


def fault_of(error: Exception) -> str:
    if isinstance(error, PawlError) and error.reason == "invalid":
        return str(error)
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"at {_pointer(fault['loc'])} ({fault['type']})" for fault in faults[:_MOST])
    kind = type(error).__name__
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"at line {error.problem_mark.line + 1} ({kind})"
    if isinstance(error, json.JSONDecodeError):
        return f"at line {error.lineno} ({kind})"
    return f"its parser raised {kind}"


def _pointer(steps: tuple[int | str, ...]) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps) or "the top"
