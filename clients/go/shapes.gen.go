// Code generated from api/openapi.yaml by `npm run generate`. DO NOT EDIT.

package pawl

import "time"

// ApprovalRead is a shape of Pawl's API. A change that waits, with what it would save now.
type ApprovalRead struct {
	ID               string              `json:"id"`
	Namespace        string              `json:"namespace"`
	Paths            []string            `json:"paths"`
	ProposedBy       string              `json:"proposed_by"`
	ProposerVerified bool                `json:"proposer_verified"`
	Object           *ApprovalReadObject `json:"object,omitempty"`
	Since            time.Time           `json:"since"`
	// Those whose approval holds for the change as it is now.
	ApprovedBy []Approver              `json:"approved_by"`
	RejectedBy *ApprovalReadRejectedBy `json:"rejected_by,omitempty"`
	// Names exactly this change. Absent when it cannot be approved as it stands: see `problem`.
	Token string `json:"token,omitempty"`
	// How many people have to approve.
	Needed int64 `json:"needed"`
	// Why it cannot be approved as it stands, such as others having changed the same place.
	Problem *ApprovalReadProblem `json:"problem,omitempty"`
	Changes []ApprovalReadChange `json:"changes"`
}

// ApprovalReadChange is a shape of Pawl's API.
type ApprovalReadChange struct {
	Namespace string `json:"namespace"`
	// Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
	Path      string `json:"path"`
	Operation string `json:"operation"`
	// A version's number.
	CurrentVersion *int64 `json:"current_version,omitempty"`
	// SHA-256 of the UTF-8 bytes of a text, lower-case hex.
	ContentSHA256 string `json:"content_sha256,omitempty"`
	// The text that would be saved.
	BodyRaw string `json:"body_raw,omitempty"`
	// Latest to that text, unified. Absent: this config needs no approval.
	Change string `json:"change,omitempty"`
}

// ApprovalReadObject is a shape of Pawl's API.
type ApprovalReadObject struct {
	Namespace string `json:"namespace"`
	// The name of a Kubernetes object.
	Name string `json:"name"`
}

// ApprovalReadProblem is a shape of Pawl's API. Why it cannot be approved as it stands, such as others having
// changed the same place.
type ApprovalReadProblem struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// ApprovalReadRejectedBy is a shape of Pawl's API.
type ApprovalReadRejectedBy struct {
	Name   string    `json:"name"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Approver is a shape of Pawl's API.
type Approver struct {
	// As the API server or the OpenID provider says.
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// BodyNote is a shape of Pawl's API.
type BodyNote struct {
	Line    int64  `json:"line"`
	Message string `json:"message"`
}

// Config is a shape of Pawl's API.
type Config struct {
	Namespace string `json:"namespace"`
	// Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
	Path string `json:"path"`
	// A config keeps its format for life. Left out of a save, it is the config's own. Left out for a new
	// config, the path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`,
	// `.properties`, `.env`, `.ini`, `.toml`, `.txt`); where it names none, it is text, which is merged by
	// lines.
	Format string `json:"format"`
	// A version's number.
	LatestVersion int64 `json:"latest_version"`
}

// ConfigRead is a shape of Pawl's API. `latest` when the latest was asked for, `version` when one by its number.
type ConfigRead struct {
	Config Config `json:"config"`
	// A version with its text.
	Latest *Version `json:"latest,omitempty"`
	// A version with its text.
	Version *Version `json:"version,omitempty"`
}

// DeploymentItem is a shape of Pawl's API. What became of one change, or would have; `problem` when it was
// refused.
type DeploymentItem struct {
	Namespace string `json:"namespace"`
	// Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
	Path      string `json:"path"`
	Operation string `json:"operation"`
	// `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the latest,
	// after it was shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without
	// a base. `imported`: a commit of a Git history. `unchanged`: it was the latest already.
	Result string `json:"result,omitempty"`
	// A version's number.
	OldVersion *int64 `json:"old_version,omitempty"`
	// A version's number.
	NewVersion *int64 `json:"new_version,omitempty"`
	// SHA-256 of the UTF-8 bytes of a text, lower-case hex.
	ContentSHA256 string `json:"content_sha256,omitempty"`
	// What rules that only warn say to the text. Absent when they say nothing.
	Notices []Violation `json:"notices,omitempty"`
	// The version whose text was carried over.
	PromotedFrom *PromotedFrom `json:"promoted_from,omitempty"`
	// Of a dry run: it would be kept until others have approved it.
	ApprovalRequired *bool `json:"approval_required,omitempty"`
	// Of a promotion, the version of the source that was promoted before.
	SinceVersion *int64 `json:"since_version,omitempty"`
	// Of a promotion, what it changes: latest to what would be saved, unified.
	Change string `json:"change,omitempty"`
	// RFC 9457, with members of our own. One shape for every refusal.
	Problem *Problem `json:"problem,omitempty"`
}

// Freeze is a shape of Pawl's API. Configs that are neither saved nor deleted for a while.
type Freeze struct {
	// Among the freezes of its config namespace.
	Name string `json:"name"`
	// By pattern. Absent: every path.
	Paths  []string `json:"paths,omitempty"`
	Reason string   `json:"reason"`
	// When it ends by itself.
	Until time.Time `json:"until"`
	// Who asked for it by this API. Absent: its manifest.
	By string `json:"by,omitempty"`
}

// Git is a shape of Pawl's API. Where a text came from, as its sender says.
type Git struct {
	Commit string `json:"commit,omitempty"`
	Branch string `json:"branch,omitempty"`
	// The work tree had uncommitted changes.
	Dirty  *bool  `json:"dirty,omitempty"`
	Remote string `json:"remote,omitempty"`
	Path   string `json:"path,omitempty"`
}

// NewGit is a shape of Pawl's API. Where a text came from, as you say.
type NewGit struct {
	Commit string `json:"commit,omitempty"`
	Branch string `json:"branch,omitempty"`
	// The work tree had uncommitted changes.
	Dirty  *bool  `json:"dirty,omitempty"`
	Remote string `json:"remote,omitempty"`
	Path   string `json:"path,omitempty"`
}

// Place is a shape of Pawl's API. Where two edits meet.
type Place struct {
	Kind string `json:"kind"`
	// The place, for people.
	Path string `json:"path"`
	// RFC 6901.
	Pointer  string `json:"pointer,omitempty"`
	Base     string `json:"base,omitempty"`
	Current  string `json:"current,omitempty"`
	Proposed string `json:"proposed,omitempty"`
	// A version's number.
	ChangedIn int64  `json:"changed_in"`
	ChangedBy string `json:"changed_by"`
}

// Problem is a shape of Pawl's API. RFC 9457, with members of our own. One shape for every refusal.
type Problem struct {
	// Stable. `https://pawl.dev/problems/` and a name of docs/problems.md.
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int64  `json:"status"`
	// For people: what happened, and what to do next.
	Detail   string `json:"detail"`
	Instance string `json:"instance,omitempty"`
	// For programs: the same words as in the conditions of a ConfigVersion.
	Reason string `json:"reason"`
	// As in `X-Request-Id` and in the log of the server.
	RequestID string `json:"request_id"`
	// Of `invalid-request`, what is wrong where.
	Errors []ProblemError `json:"errors,omitempty"`
	// Of `invalid-body` and of the first violation, 1-based.
	Line *int64 `json:"line,omitempty"`
	// The same, 1-based, in characters.
	Column *int64 `json:"column,omitempty"`
	// Places that a schema does not allow: of `schema-violation` in the sender's text, of
	// `version-conflict` in the merged one.
	Violations []Violation `json:"violations,omitempty"`
	// Places not listed.
	MoreViolations *int64 `json:"more_violations,omitempty"`
	// Configs that are neither saved nor deleted for a while.
	Freeze *Freeze `json:"freeze,omitempty"`
	// The version a text was edited from; 0, that there must be none yet.
	BaseVersion *int64 `json:"base_version,omitempty"`
	// A version's number.
	CurrentVersion *int64 `json:"current_version,omitempty"`
	CurrentAuthor  string `json:"current_author,omitempty"`
	CurrentActor   string `json:"current_actor,omitempty"`
	// What the sender changed: base to proposed, unified.
	Diff string `json:"diff,omitempty"`
	// The text that `token` saves.
	Merged string `json:"merged,omitempty"`
	// What that changes: latest to merged, unified.
	MergedDiff string `json:"merged_diff,omitempty"`
	// The merged text with marks at the clashes, as Git makes them.
	Marked string `json:"marked,omitempty"`
	// The version whose text was carried over.
	PromotedFrom *PromotedFrom `json:"promoted_from,omitempty"`
	// Confirms exactly the result that the refusal with this token showed.
	Token  string  `json:"token,omitempty"`
	Places []Place `json:"places,omitempty"`
	// Clashing places not listed.
	MorePlaces *int64 `json:"more_places,omitempty"`
	// Of `namespace-not-empty`.
	Configs *int64 `json:"configs,omitempty"`
	// Of `deployment-refused`, each change.
	Items []DeploymentItem `json:"items,omitempty"`
	// Seconds, as in `Retry-After`.
	RetryAfter *int64 `json:"retry_after,omitempty"`
}

// ProblemError is a shape of Pawl's API.
type ProblemError struct {
	In string `json:"in"`
	// The parameter, or the JSON Pointer in the body.
	Name   string `json:"name,omitempty"`
	Detail string `json:"detail"`
}

// PromotedFrom is a shape of Pawl's API. The version whose text was carried over.
type PromotedFrom struct {
	Namespace string `json:"namespace"`
	// Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
	Path string `json:"path"`
	// A version's number.
	Version int64 `json:"version"`
}

// SaveConfig is a shape of Pawl's API.
type SaveConfig struct {
	// A config keeps its format for life. Left out of a save, it is the config's own. Left out for a new
	// config, the path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`,
	// `.properties`, `.env`, `.ini`, `.toml`, `.txt`); where it names none, it is text, which is merged by
	// lines.
	Format string `json:"format,omitempty"`
	// The text, kept byte for byte.
	BodyRaw string `json:"body_raw"`
	// The version a text was edited from; 0, that there must be none yet.
	BaseVersion *int64 `json:"base_version,omitempty"`
	// What to do when the base is not the latest version any more. Defaults to the namespace's policy, and
	// without one to `confirm`.
	OnStale string `json:"on_stale,omitempty"`
	// Confirms exactly the result that the refusal with this token showed.
	Confirm string `json:"confirm,omitempty"`
	// Who wrote the text, as the sender claims, in one line; the user who sends it when it is left out.
	// Everybody is told of the verified user beside it.
	Author  string `json:"author,omitempty"`
	Comment string `json:"comment,omitempty"`
	// Why this is to be done although the config is frozen, or protected and not approved. Needs the right
	// `bypass` on it. The history keeps it: in the comment of the version for a freeze, and in its
	// `approvals` else. Where there is neither, it says nothing.
	Bypass string `json:"bypass,omitempty"`
	// Where a text came from, as you say.
	Git *NewGit `json:"git,omitempty"`
}

// SavedConfig is a shape of Pawl's API.
type SavedConfig struct {
	Config Config `json:"config"`
	// A version with its text.
	Latest Version `json:"latest"`
	// `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the latest,
	// after it was shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without
	// a base. `imported`: a commit of a Git history. `unchanged`: it was the latest already.
	Result string `json:"result"`
	// Nothing was saved; this is what it would be.
	DryRun bool `json:"dry_run"`
	// Of a dry run: it would be kept until others have approved it.
	ApprovalRequired *bool `json:"approval_required,omitempty"`
	// The first lines that the programs for this format do not read alike, although the text is accepted,
	// such as `export NAME=…` in an `env` file. Absent where there are none, and for texts above 64 KiB.
	Notes []BodyNote `json:"notes,omitempty"`
	// What rules that only warn say to the text. Absent when they say nothing.
	Notices []Violation `json:"notices,omitempty"`
}

// Version is a shape of Pawl's API. A version with its text.
type Version struct {
	// A version's number.
	Version int64 `json:"version"`
	// SHA-256 of the UTF-8 bytes of a text, lower-case hex.
	ContentSHA256 string    `json:"content_sha256"`
	CreatedAt     time.Time `json:"created_at"`
	// The author it claims; empty when it names none.
	CreatedBy string `json:"created_by"`
	// Who made the request.
	Actor string `json:"actor"`
	// Whether the API server vouches for the actor.
	ActorVerified bool   `json:"actor_verified"`
	Comment       string `json:"comment"`
	// How a version came to be. `overwrite`: its author named no base, and its text replaced the latest.
	// `imported`: it was a commit of a Git history.
	Kind string `json:"kind"`
	// What it was edited from; null when it did not say.
	BaseVersion *int64 `json:"base_version,omitempty"`
	// Where a text came from, as its sender says.
	Git Git `json:"git"`
	// A version's number.
	MergedOnto *int64 `json:"merged_onto,omitempty"`
	// Of a merge: the places the proposal changed, RFC 6901.
	MergedPaths []string `json:"merged_paths,omitempty"`
	// The version whose text was carried over.
	PromotedFrom *PromotedFrom `json:"promoted_from,omitempty"`
	// Who confirmed a merge that was shown first.
	ConfirmedBy string `json:"confirmed_by,omitempty"`
	// Of a version of a protected config. Told by lists of versions and of a version that is asked for by
	// its number.
	Approvals []VersionApproval `json:"approvals,omitempty"`
	// Of an imported version: when it was written, by its author and in the author’s time zone.
	AuthoredAt *time.Time `json:"authored_at,omitempty"`
	// The ConfigVersion it came from: cluster, namespace and name.
	Object string `json:"object,omitempty"`
	// Size of the text, UTF-8.
	Bytes *int64 `json:"bytes,omitempty"`
	// The text, kept byte for byte.
	BodyRaw string `json:"body_raw"`
}

// VersionApproval is a shape of Pawl's API. Who proposed a change of a protected config, who approved it, or who
// bypassed that, and why.
type VersionApproval struct {
	Kind string     `json:"kind"`
	Name string     `json:"name"`
	At   *time.Time `json:"at,omitempty"`
	// Of a bypass.
	Reason string `json:"reason,omitempty"`
}

// Violation is a shape of Pawl's API. A place of a text that a ConfigSchema does not allow, or that looks like a
// secret. Without a place: the check took too long on the text. It names keys, and holds no value of the config.
type Violation struct {
	// The ConfigSchema; absent where it is about a secret.
	Schema string `json:"schema,omitempty"`
	// RFC 6901; of several YAML documents, the first step is which one.
	Pointer string `json:"pointer,omitempty"`
	// The place, for people; empty for the whole text.
	Path string `json:"path,omitempty"`
	Line *int64 `json:"line,omitempty"`
	// In characters.
	Column *int64 `json:"column,omitempty"`
	// The keyword of JSON Schema, or what found the secret.
	Rule string `json:"rule,omitempty"`
	// What is allowed there, or what it looks like.
	Message string `json:"message"`
}

// WatchEvent is a shape of Pawl's API. What `data:` of `event: change` holds.
type WatchEvent struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	// Segments of letters, digits and `. _ @ + = -`, joined by slashes; none is `.` or `..`.
	Path string `json:"path"`
	// The version saved or deleted; of a deleted config, the highest number it ever had.
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
}
