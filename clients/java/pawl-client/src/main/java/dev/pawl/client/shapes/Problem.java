// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * RFC 9457, with members of our own. One shape for every refusal.
 *
 * @param type Stable. `https://pawl.dev/problems/` and a name of docs/problems.md.
 * @param detail For people: what happened, and what to do next.
 * @param reason For programs: the same words as in the conditions of a ConfigVersion.
 * @param requestId As in `X-Request-Id` and in the log of the server.
 * @param errors Of `invalid-request`, what is wrong where.
 * @param line Of `invalid-body` and of the first violation, 1-based.
 * @param column The same, 1-based, in characters.
 * @param violations Places that a schema does not allow: of `schema-violation` in the sender's text, of
 * `version-conflict` in the merged one.
 * @param moreViolations Places not listed.
 * @param freeze Configs that are neither saved nor deleted for a while.
 * @param baseVersion The version a text was edited from; 0, that there must be none yet.
 * @param currentVersion A version's number.
 * @param diff What the sender changed: base to proposed, unified.
 * @param merged The text that `token` saves.
 * @param mergedDiff What that changes: latest to merged, unified.
 * @param marked The merged text with marks at the clashes, as Git makes them.
 * @param promotedFrom The version whose text was carried over.
 * @param token Confirms exactly the result that the refusal with this token showed.
 * @param morePlaces Clashing places not listed.
 * @param configs Of `namespace-not-empty`.
 * @param items Of `deployment-refused`, each change.
 * @param retryAfter Seconds, as in `Retry-After`.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
    String type,
    String title,
    long status,
    String detail,
    String instance,
    String reason,
    @JsonProperty("request_id") String requestId,
    List<ProblemError> errors,
    Long line,
    Long column,
    List<Violation> violations,
    @JsonProperty("more_violations") Long moreViolations,
    Freeze freeze,
    @JsonProperty("base_version") Long baseVersion,
    @JsonProperty("current_version") Long currentVersion,
    @JsonProperty("current_author") String currentAuthor,
    @JsonProperty("current_actor") String currentActor,
    String diff,
    String merged,
    @JsonProperty("merged_diff") String mergedDiff,
    String marked,
    @JsonProperty("promoted_from") PromotedFrom promotedFrom,
    String token,
    List<Place> places,
    @JsonProperty("more_places") Long morePlaces,
    Long configs,
    List<DeploymentItem> items,
    @JsonProperty("retry_after") Long retryAfter) {}
