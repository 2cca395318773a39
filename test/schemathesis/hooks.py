"""
What a client of the API knows and random requests do not. To begin with there is something to read. A key for
retries belongs to one request; and in the stateful phase cursors, tokens and event ids come from earlier answers, a
base is stated once, and what is only tried out has no consequences to follow. Events of watches are checked here:
OpenAPI 3.1 has no words for them; and so is that what was deleted is gone, because a deployment makes it again at
another address, which schemathesis cannot know. Invariant: requests meant to be wrong are sent as they were made up.
"""

import json
import os
from typing import Any
from urllib.parse import unquote

import requests
import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

given: set[str] = set()
"""Every cursor and token that the server has handed out."""
events: list[str] = []
"""The id of every event that a watch has shown."""
deleted: set[str] = set()
"""Every config that was deleted and that nothing sent since can have made again."""


def seed() -> None:
    """Two versions of each config that schemathesis.toml names. What is there already is left as it is."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {os.environ['PAWL_TOKEN']}"
        # Settings of the environment would come before this authority.
        session.trust_env = False
        session.verify = os.environ["PAWL_CA"]
        server = os.environ["PAWL_SERVER"]
        for namespace in ("payments", "risk"):
            session.post(f"{server}/namespaces", json={"name": namespace})
            for path in ("limits/eu.yaml", "limits/us.yaml", "flags.yaml"):
                for base in (0, 1):
                    body = {"body_raw": f"cap: {1000 + base}\n", "base_version": base}
                    answer = session.put(f"{server}/configs/{namespace}/{path}", json=body)
                    assert answer.status_code in (200, 201, 409), answer.text


seed()


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    meta = case.meta
    if meta is None or meta.generation.mode.is_negative or meta.phase.name.value not in ("fuzzing", "stateful"):
        return
    query, headers = case.query or {}, case.headers or {}
    if "Idempotency-Key" in headers:
        headers["Idempotency-Key"] = f"{headers['Idempotency-Key'][:200]}-{case.id}"
    if meta.phase.name.value != "stateful":
        return
    body = case.body if isinstance(case.body, dict) else {}
    for values, name in ((query, "cursor"), (body, "confirm")):
        if name in values and values[name] not in given:
            del values[name]
    if "Last-Event-ID" in headers:
        # From the oldest on, the first event is a change.
        del headers["Last-Event-ID"]
        if events:
            headers["Last-Event-ID"] = events[0]
    # A dry run answers as if: what it deleted can still be read.
    query.pop("dry_run", None)
    if "If-Match" in headers:
        body.pop("base_version", None)
    if "If-Match" in headers or "base_version" in body:
        headers.pop("If-None-Match", None)


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    remember_deleted(case, response)
    try:
        document = json.loads(response.content)
    except ValueError:
        return
    if isinstance(document, dict):
        given.update(value for value in (document.get("next_cursor"), document.get("token")) if value)


def config_of(case: Case) -> str:
    named = case.path_parameters or {}
    return unquote(f"{named.get('namespace')}/{named.get('path')}")


def remember_deleted(case: Case, response: Response) -> None:
    replayed, dry = "idempotency-replayed" in response.headers, "dry_run" in (case.query or {})
    if case.method == "DELETE" and case.path == "/configs/{namespace}/{path}":
        if response.status_code == 204 and not replayed and not dry:
            deleted.add(config_of(case))
    elif case.path == "/deployments":
        deleted.clear()
    elif case.method in ("POST", "PUT"):
        deleted.discard(config_of(case))


@schemathesis.check
def deleted_is_gone(context: CheckContext, response: Response, case: Case) -> None:
    if case.method == "GET" and case.path == "/configs/{namespace}/{path}":
        assert response.status_code != 200 or config_of(case) not in deleted, "it was deleted, and is still there"


@schemathesis.check
def watch_events(context: CheckContext, response: Response, case: Case) -> None:
    if response.headers.get("content-type", [""])[0].split(";")[0] != "text/event-stream":
        return
    text = response.content.decode()
    # What comes after the last empty line was cut off by us.
    for event in text.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in event.split("\n"))
        assert fields.keys() == {"event", "id", "data"}, event
        assert fields["event"] in ("change", "bookmark", "expired") and fields["id"], event
        events.append(fields["id"])
        data = json.loads(fields["data"])
        wanted = {"kind", "namespace", "path", "version", "at"} if fields["event"] == "change" else set()
        assert data.keys() == wanted, event
