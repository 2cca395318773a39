"""
From the text of a config to data. Invariant: YAML is read by the core schema of YAML 1.2, as Pawl reads it: `no` is a word,
`012` is twelve, a date is a string, `<<` is a key. (PyYAML by itself reads YAML 1.1.)
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _CoreLoader(_Base):  # type: ignore[misc]
    pass


_CoreLoader.yaml_implicit_resolvers = {}


def _scalar(tag: str, pattern: str, firsts: str, make: Any) -> None:
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(firsts))
    _CoreLoader.add_constructor(f"tag:yaml.org,2002:{tag}", lambda loader, node: make(loader.construct_scalar(node)))


def _int(text: str) -> int:
    base = {"0o": 8, "0x": 16}.get(text[:2])
    return int(text, 10) if base is None else int(text[2:], base)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large for a number")
    return number


def _no_json(text: str) -> float:
    raise ValueError(f"JSON has no {text}")


_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:null|Null|NULL|~|)$"), ["n", "N", "~", ""]
)
_scalar("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF", lambda text: text.lower() == "true")
_scalar("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789", _int)
_scalar(
    "float",
    r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
    "-+.0123456789",
    _float,
)
_CoreLoader.add_implicit_resolver(
    "tag:pawl.dev,2026:no-json", re.compile(r"^(?:[-+]?(?:\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN)$"), list("-+.")
)
_CoreLoader.add_constructor(
    "tag:pawl.dev,2026:no-json", lambda loader, node: _no_json(loader.construct_scalar(node))
)


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ValueError(f"line {key.start_mark.line + 1}: a key is not a scalar")
        entries[key.value] = loader.construct_object(value, deep=True)
    return entries


_CoreLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def decode(text: str, format: str) -> Any:
    """Data of a text in YAML or JSON. A text of another format is answered as it is."""
    if format == "json":
        return json.loads(text)
    if format != "yaml":
        return text
    documents = list(yaml.load_all(text, _CoreLoader))
    if len(documents) == 1:
        return documents[0]
    return documents or None
