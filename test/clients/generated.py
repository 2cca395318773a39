"""
A client generated from api/openapi.yaml lives through the story of Pawl: it creates a config, saves with a stale
base, reads what the refusal says from typed fields, confirms, reads back, and lists the versions. Run by
`npm run test:clients`, which puts the generated package `pawl_client` on the path and sets PAWL_SERVER, PAWL_CA and
PAWL_TOKEN. Invariant: every answer is read through the generated models, never as bare JSON, and whatever is not as
promised ends the program with a status that is not 0.
"""

import os
import ssl
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from pawl_client import AuthenticatedClient
from pawl_client.api.configs import create_config, get_config, list_configs, save_config
from pawl_client.api.deployments import deploy, list_deployments
from pawl_client.api.history import diff_versions, list_versions
from pawl_client.api.namespaces import create_namespace
from pawl_client.models import (
    ConfigPage,
    ConfigRead,
    DeployedDelete,
    DeployedDeleteOperation,
    DeployedText,
    DeploymentPage,
    DeploymentResult,
    DeploymentVerdict,
    Diff,
    Format,
    Git,
    Namespace,
    NewConfig,
    NewDeployment,
    NewNamespace,
    OnStale,
    Problem,
    SaveConfig,
    SavedConfig,
    SaveResult,
    VersionPage,
)
from pawl_client.types import Unset

T = TypeVar("T")


def expect(response: Any, status: int, model: type[T]) -> T:
    """The parsed answer, which must have this status and be of this model."""
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.content!r}"
    assert isinstance(response.parsed, model), f"{type(response.parsed)} instead of {model}"
    return response.parsed


def told(value: T | Unset) -> T:
    """A field that may be left out, and must not be here."""
    assert not isinstance(value, Unset), "a field is missing"
    return value


def equal(found: object, wanted: object) -> None:
    assert found == wanted, f"{found!r} instead of {wanted!r}"


def story(client: AuthenticatedClient) -> None:
    namespace = f"story-{uuid4().hex[:8]}"
    # Slashes are sent as %2F by this client.
    path = "limits/eu.yaml"
    first = "# caps\neu: 1000\n\nburst: 10\n\nus: 900\n"
    theirs = first.replace("us: 900", "us: 950")
    ours = first.replace("eu: 1000", "eu: 1500")
    both = theirs.replace("eu: 1000", "eu: 1500")

    made = expect(create_namespace.sync_detailed(client=client, body=NewNamespace(name=namespace)), 201, Namespace)
    equal((made.name, made.configs), (namespace, 0))

    body = NewConfig(body_raw=first, format_=Format.YAML, comment="first caps", git=Git(commit="3f2c9d1", branch="main"))
    created = expect(create_config.sync_detailed(namespace, path, client=client, body=body), 201, SavedConfig)
    equal((created.config.path, created.latest.version, created.result), (path, 1, SaveResult.SAVED))
    again = expect(create_config.sync_detailed(namespace, path, client=client, body=body), 409, Problem)
    equal((again.type_.rsplit("/", 1)[-1], again.reason), ("already-exists", "AlreadyExists"))

    # Somebody else was faster.
    other = SaveConfig(body_raw=theirs, base_version=1, comment="more for the US")
    expect(save_config.sync_detailed(namespace, path, client=client, body=other), 200, SavedConfig)

    stale = SaveConfig(body_raw=ours, base_version=1, on_stale=OnStale.CONFIRM, comment="raise the EU cap")
    refused = expect(save_config.sync_detailed(namespace, path, client=client, body=stale), 409, Problem)
    equal((refused.status, refused.type_.rsplit("/", 1)[-1]), (409, "confirmation-required"))
    equal((told(refused.base_version), told(refused.current_version)), (1, 2))
    equal(told(refused.merged), both)
    diff = told(refused.diff)
    assert "-eu: 1000" in diff and "+eu: 1500" in diff and "+us: 950" not in diff, diff
    shown = told(refused.merged_diff)
    assert "+eu: 1500" in shown and "us: 900" not in shown, shown

    stale.confirm = told(refused.token)
    key = str(uuid4())
    for _ in range(2):  # the second is a retry, and answered as the first was
        answer = save_config.sync_detailed(namespace, path, client=client, body=stale, idempotency_key=key)
        saved = expect(answer, 200, SavedConfig)
        equal((saved.result, saved.latest.version, saved.latest.body_raw), (SaveResult.CONFIRMED, 3, both))
    equal(answer.headers.get("Idempotency-Replayed"), "true")

    clash = SaveConfig(body_raw=first.replace("eu: 1000", "eu: 1"), base_version=1)
    problem = expect(save_config.sync_detailed(namespace, path, client=client, body=clash), 409, Problem)
    equal(problem.reason, "VersionConflict")
    (place,) = told(problem.places)
    equal((told(place.pointer), place.changed_in), ("/eu", 3))
    assert "<<<<<<<" in told(problem.marked)

    read = expect(get_config.sync_detailed(namespace, path, client=client), 200, ConfigRead)
    latest = told(read.latest)
    equal((read.config.latest_version, latest.body_raw, latest.comment), (3, both, "raise the EU cap"))
    assert isinstance(latest.created_at, datetime) and latest.created_at.tzinfo is not None
    old = expect(get_config.sync_detailed(namespace, path, client=client, version=1), 200, ConfigRead)
    equal((told(old.version).body_raw, told(told(old.version).git.commit)), (first, "3f2c9d1"))
    missing = expect(get_config.sync_detailed(namespace, "limits/none.yaml", client=client), 404, Problem)
    equal(missing.reason, "ConfigNotFound")

    page = expect(list_versions.sync_detailed(namespace, path, client=client, limit=2), 200, VersionPage)
    rest = list_versions.sync_detailed(namespace, path, client=client, limit=2, cursor=told(page.next_cursor))
    last = expect(rest, 200, VersionPage)
    equal([one.version for one in page.items + last.items], [3, 2, 1])
    assert isinstance(last.next_cursor, Unset)
    equal([one.path for one in expect(list_configs.sync_detailed(namespace, client=client), 200, ConfigPage).items], [path])
    changed = expect(diff_versions.sync_detailed(namespace, path, client=client, from_=1, to=3), 200, Diff)
    equal(sorted(change.pointer for change in changed.changes), ["/eu", "/us"])

    changes = [
        DeployedText(namespace=namespace, path=path, body_raw=first, base_version=3),
        DeployedText(namespace=namespace, path="limits/jp.yaml", body_raw="jp: 1\n", base_version=0),
    ]
    deployment = NewDeployment(changes=changes, comment="spring caps")
    done = expect(deploy.sync_detailed(client=client, body=deployment), 200, DeploymentResult)
    equal([told(item.new_version) for item in done.items], [4, 1])
    log = expect(list_deployments.sync_detailed(client=client, namespace=namespace, limit=1), 200, DeploymentPage)
    equal([(entry.result, entry.change_count) for entry in log.items], [(DeploymentVerdict.ACCEPTED, 2)])
    end = DeployedDelete(
        namespace=namespace, path="limits/jp.yaml", operation=DeployedDeleteOperation.DELETE, base_version=1
    )
    gone = expect(deploy.sync_detailed(client=client, body=NewDeployment(changes=[end])), 200, DeploymentResult)
    equal([(item.operation.value, told(item.old_version)) for item in gone.items], [("delete", 1)])


if __name__ == "__main__":
    trust = ssl.create_default_context(cafile=os.environ["PAWL_CA"])
    # As Python 3.13 and later do by default.
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    with AuthenticatedClient(
        base_url=os.environ["PAWL_SERVER"], token=os.environ["PAWL_TOKEN"], verify_ssl=trust
    ) as generated:
        story(generated)
    print("the generated Python client creates, conflicts, confirms and reads")
