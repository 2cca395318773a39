"""Shapes of the HTTP API. Generated from api/openapi.yaml by `npm run generate`. Do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Fields that a later server adds are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class ApprovalRead(Shape):
    """A change that waits, with what it would save now."""

    id: str
    namespace: str
    paths: list[str]
    proposed_by: str
    proposer_verified: bool
    object: ApprovalReadObject | None = None
    since: datetime
    # Those whose approval holds for the change as it is now.
    approved_by: list[Approver]
    rejected_by: ApprovalReadRejectedBy | None = None
    # Names exactly this change. Absent when it cannot be approved as it stands: see `problem`.
    token: str | None = None
    # How many people have to approve.
    needed: int
    # Why it cannot be approved as it stands, such as others having changed the same place.
    problem: ApprovalReadProblem | None = None
    changes: list[ApprovalReadChange]


class ApprovalReadChange(Shape):
    """ApprovalReadChange"""

    namespace: str
    # Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
    path: str
    operation: Literal["create", "update", "unchanged"] | str
    # A version's number.
    current_version: int | None = None
    # SHA-256 of the UTF-8 bytes of a text, lower-case hex.
    content_sha256: str | None = None
    # The text that would be saved.
    body_raw: str | None = None
    # Latest to that text, unified. Absent: this config needs no approval.
    change: str | None = None


class ApprovalReadObject(Shape):
    """ApprovalReadObject"""

    namespace: str
    # The name of a Kubernetes object.
    name: str


class ApprovalReadProblem(Shape):
    """Why it cannot be approved as it stands, such as others having changed the same place."""

    reason: str
    detail: str


class ApprovalReadRejectedBy(Shape):
    """ApprovalReadRejectedBy"""

    name: str
    at: datetime
    reason: str


class Approver(Shape):
    """Approver"""

    # As the API server or the OpenID provider says.
    name: str
    at: datetime


class BodyNote(Shape):
    """BodyNote"""

    line: int
    message: str


class Config(Shape):
    """Config"""

    namespace: str
    # Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
    path: str
    # A config keeps its format for life. Left out of a save, it is the config's own. Left out for a new config, the
    # path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`, `.properties`, `.env`,
    # `.ini`, `.toml`, `.txt`); where it names none, it is text, which is merged by lines.
    format: Literal["yaml", "json", "jsonc", "properties", "env", "ini", "toml", "text"] | str
    # A version's number.
    latest_version: int


class ConfigRead(Shape):
    """`latest` when the latest was asked for, `version` when one by its number."""

    config: Config
    # A version with its text.
    latest: Version | None = None
    # A version with its text.
    version: Version | None = None


class DeploymentItem(Shape):
    """What became of one change, or would have; `problem` when it was refused."""

    namespace: str
    # Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
    path: str
    operation: Literal["create", "update", "unchanged", "delete", "refused"] | str
    # `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the latest, after it was
    # shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without a base. `imported`: a
    # commit of a Git history. `unchanged`: it was the latest already.
    result: Literal["saved", "merged", "confirmed", "promoted", "overwrite", "imported", "unchanged"] | str | None = None
    # A version's number.
    old_version: int | None = None
    # A version's number.
    new_version: int | None = None
    # SHA-256 of the UTF-8 bytes of a text, lower-case hex.
    content_sha256: str | None = None
    # What rules that only warn say to the text. Absent when they say nothing.
    notices: list[Violation] | None = None
    # The version whose text was carried over.
    promoted_from: PromotedFrom | None = None
    # Of a dry run: it would be kept until others have approved it.
    approval_required: bool | None = None
    # Of a promotion, the version of the source that was promoted before.
    since_version: int | None = None
    # Of a promotion, what it changes: latest to what would be saved, unified.
    change: str | None = None
    # RFC 9457, with members of our own. One shape for every refusal.
    problem: Problem | None = None


class Freeze(Shape):
    """Configs that are neither saved nor deleted for a while."""

    # Among the freezes of its config namespace.
    name: str
    # By pattern. Absent: every path.
    paths: list[str] | None = None
    reason: str
    # When it ends by itself.
    until: datetime
    # Who asked for it by this API. Absent: its manifest.
    by: str | None = None


class Git(Shape):
    """Where a text came from, as its sender says."""

    commit: str | None = None
    branch: str | None = None
    # The work tree had uncommitted changes.
    dirty: bool | None = None
    remote: str | None = None
    path: str | None = None


class NewGit(Shape):
    """Where a text came from, as you say."""

    commit: str | None = None
    branch: str | None = None
    # The work tree had uncommitted changes.
    dirty: bool | None = None
    remote: str | None = None
    path: str | None = None


class Place(Shape):
    """Where two edits meet."""

    kind: str
    # The place, for people.
    path: str
    # RFC 6901.
    pointer: str | None = None
    base: str | None = None
    current: str | None = None
    proposed: str | None = None
    # A version's number.
    changed_in: int
    changed_by: str


class Problem(Shape):
    """RFC 9457, with members of our own. One shape for every refusal."""

    # Stable. `https://pawl.dev/problems/` and a name of docs/problems.md.
    type: str
    title: str
    status: int
    # For people: what happened, and what to do next.
    detail: str
    instance: str | None = None
    # For programs: the same words as in the conditions of a ConfigVersion.
    reason: str
    # As in `X-Request-Id` and in the log of the server.
    request_id: str
    # Of `invalid-request`, what is wrong where.
    errors: list[ProblemError] | None = None
    # Of `invalid-body` and of the first violation, 1-based.
    line: int | None = None
    # The same, 1-based, in characters.
    column: int | None = None
    # Places that a schema does not allow: of `schema-violation` in the sender's text, of `version-conflict` in the
    # merged one.
    violations: list[Violation] | None = None
    # Places not listed.
    more_violations: int | None = None
    # Configs that are neither saved nor deleted for a while.
    freeze: Freeze | None = None
    # The version a text was edited from; 0, that there must be none yet.
    base_version: int | None = None
    # A version's number.
    current_version: int | None = None
    current_author: str | None = None
    current_actor: str | None = None
    # What the sender changed: base to proposed, unified.
    diff: str | None = None
    # The text that `token` saves.
    merged: str | None = None
    # What that changes: latest to merged, unified.
    merged_diff: str | None = None
    # The merged text with marks at the clashes, as Git makes them.
    marked: str | None = None
    # The version whose text was carried over.
    promoted_from: PromotedFrom | None = None
    # Confirms exactly the result that the refusal with this token showed.
    token: str | None = None
    places: list[Place] | None = None
    # Clashing places not listed.
    more_places: int | None = None
    # Of `namespace-not-empty`.
    configs: int | None = None
    # Of `deployment-refused`, each change.
    items: list[DeploymentItem] | None = None
    # Seconds, as in `Retry-After`.
    retry_after: int | None = None


class ProblemError(Shape):
    """ProblemError"""

    in_: Literal["path", "query", "header", "body"] | str = Field(alias="in")
    # The parameter, or the JSON Pointer in the body.
    name: str | None = None
    detail: str


class PromotedFrom(Shape):
    """The version whose text was carried over."""

    namespace: str
    # Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
    path: str
    # A version's number.
    version: int


class SaveConfig(Shape):
    """SaveConfig"""

    # A config keeps its format for life. Left out of a save, it is the config's own. Left out for a new config, the
    # path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`, `.properties`, `.env`,
    # `.ini`, `.toml`, `.txt`); where it names none, it is text, which is merged by lines.
    format: Literal["yaml", "json", "jsonc", "properties", "env", "ini", "toml", "text"] | str | None = None
    # The text, kept byte for byte.
    body_raw: str
    # The version a text was edited from; 0, that there must be none yet.
    base_version: int | None = None
    # What to do when the base is not the latest version any more. Defaults to the namespace's policy, and without
    # one to `confirm`.
    on_stale: Literal["confirm", "merge", "reject"] | str | None = None
    # Confirms exactly the result that the refusal with this token showed.
    confirm: str | None = None
    # Who wrote the text, as the sender claims, in one line; the user who sends it when it is left out. Everybody is
    # told of the verified user beside it.
    author: str | None = None
    comment: str | None = None
    # Why this is to be done although the config is frozen, or protected and not approved. Needs the right `bypass`
    # on it. The history keeps it: in the comment of the version for a freeze, and in its `approvals` else. Where
    # there is neither, it says nothing.
    bypass: str | None = None
    # Where a text came from, as you say.
    git: NewGit | None = None


class SavedConfig(Shape):
    """SavedConfig"""

    config: Config
    # A version with its text.
    latest: Version
    # `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the latest, after it was
    # shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without a base. `imported`: a
    # commit of a Git history. `unchanged`: it was the latest already.
    result: Literal["saved", "merged", "confirmed", "promoted", "overwrite", "imported", "unchanged"] | str
    # Nothing was saved; this is what it would be.
    dry_run: bool
    # Of a dry run: it would be kept until others have approved it.
    approval_required: bool | None = None
    # The first lines that the programs for this format do not read alike, although the text is accepted, such as
    # `export NAME=…` in an `env` file. Absent where there are none, and for texts above 64 KiB.
    notes: list[BodyNote] | None = None
    # What rules that only warn say to the text. Absent when they say nothing.
    notices: list[Violation] | None = None


class Version(Shape):
    """A version with its text."""

    # A version's number.
    version: int
    # SHA-256 of the UTF-8 bytes of a text, lower-case hex.
    content_sha256: str
    created_at: datetime
    # The author it claims; empty when it names none.
    created_by: str
    # Who made the request.
    actor: str
    # Whether the API server vouches for the actor.
    actor_verified: bool
    comment: str
    # How a version came to be. `overwrite`: its author named no base, and its text replaced the latest. `imported`:
    # it was a commit of a Git history.
    kind: Literal["direct", "merged", "confirmed", "promoted", "overwrite", "imported"] | str
    # What it was edited from; null when it did not say.
    base_version: int | None = None
    # Where a text came from, as its sender says.
    git: Git
    # A version's number.
    merged_onto: int | None = None
    # Of a merge: the places the proposal changed, RFC 6901.
    merged_paths: list[str] | None = None
    # The version whose text was carried over.
    promoted_from: PromotedFrom | None = None
    # Who confirmed a merge that was shown first.
    confirmed_by: str | None = None
    # Of a version of a protected config. Told by lists of versions and of a version that is asked for by its
    # number.
    approvals: list[VersionApproval] | None = None
    # Of an imported version: when it was written, by its author and in the author’s time zone.
    authored_at: datetime | None = None
    # The ConfigVersion it came from: cluster, namespace and name.
    object: str | None = None
    # Size of the text, UTF-8.
    bytes: int | None = None
    # The text, kept byte for byte.
    body_raw: str


class VersionApproval(Shape):
    """Who proposed a change of a protected config, who approved it, or who bypassed that, and why."""

    kind: Literal["proposed", "approved", "bypassed"] | str
    name: str
    at: datetime | None = None
    # Of a bypass.
    reason: str | None = None


class Violation(Shape):
    """
    A place of a text that a ConfigSchema does not allow, or that looks like a secret. Without a place:
    the check took too long on the text. It names keys, and holds no value of the config.
    """

    # The ConfigSchema; absent where it is about a secret.
    schema_: str | None = Field(default=None, alias="schema")
    # RFC 6901; of several YAML documents, the first step is which one.
    pointer: str | None = None
    # The place, for people; empty for the whole text.
    path: str | None = None
    line: int | None = None
    # In characters.
    column: int | None = None
    # The keyword of JSON Schema, or what found the secret.
    rule: str | None = None
    # What is allowed there, or what it looks like.
    message: str


class WatchEvent(Shape):
    """What `data:` of `event: change` holds."""

    kind: Literal["saved", "deleted", "version-deleted"] | str
    namespace: str
    # Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
    path: str
    # The version saved or deleted; of a deleted config, the highest number it ever had.
    version: int
    at: datetime
