// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A version with its text.
 *
 * @param version A version's number.
 * @param contentSha256 SHA-256 of the UTF-8 bytes of a text, lower-case hex.
 * @param createdBy The author it claims; empty when it names none.
 * @param actor Who made the request.
 * @param actorVerified Whether the API server vouches for the actor.
 * @param kind How a version came to be. `overwrite`: its author named no base, and its text replaced the latest.
 * `imported`: it was a commit of a Git history.
 * @param baseVersion What it was edited from; null when it did not say.
 * @param git Where a text came from, as its sender says.
 * @param mergedOnto A version's number.
 * @param mergedPaths Of a merge: the places the proposal changed, RFC 6901.
 * @param promotedFrom The version whose text was carried over.
 * @param confirmedBy Who confirmed a merge that was shown first.
 * @param approvals Of a version of a protected config. Told by lists of versions and of a version that is asked
 * for by its number.
 * @param authoredAt Of an imported version: when it was written, by its author and in the author’s time zone.
 * @param object The ConfigVersion it came from: cluster, namespace and name.
 * @param bytes Size of the text, UTF-8.
 * @param bodyRaw The text, kept byte for byte.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Version(
    long version,
    @JsonProperty("content_sha256") String contentSha256,
    @JsonProperty("created_at") String createdAt,
    @JsonProperty("created_by") String createdBy,
    String actor,
    @JsonProperty("actor_verified") boolean actorVerified,
    String comment,
    String kind,
    @JsonProperty("base_version") Long baseVersion,
    Git git,
    @JsonProperty("merged_onto") Long mergedOnto,
    @JsonProperty("merged_paths") List<String> mergedPaths,
    @JsonProperty("promoted_from") PromotedFrom promotedFrom,
    @JsonProperty("confirmed_by") String confirmedBy,
    List<VersionApproval> approvals,
    @JsonProperty("authored_at") String authoredAt,
    String object,
    Long bytes,
    @JsonProperty("body_raw") String bodyRaw) {}
