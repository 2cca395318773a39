// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What became of one change, or would have; `problem` when it was refused.
 *
 * @param path Segments of letters, digits and `. _ &#64; + = -`, joined by slashes; none is `.` or `..`.
 * @param result `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the
 * latest, after it was shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without a
 * base. `imported`: a commit of a Git history. `unchanged`: it was the latest already.
 * @param oldVersion A version's number.
 * @param newVersion A version's number.
 * @param contentSha256 SHA-256 of the UTF-8 bytes of a text, lower-case hex.
 * @param notices What rules that only warn say to the text. Absent when they say nothing.
 * @param promotedFrom The version whose text was carried over.
 * @param approvalRequired Of a dry run: it would be kept until others have approved it.
 * @param sinceVersion Of a promotion, the version of the source that was promoted before.
 * @param change Of a promotion, what it changes: latest to what would be saved, unified.
 * @param problem RFC 9457, with members of our own. One shape for every refusal.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeploymentItem(
    String namespace,
    String path,
    String operation,
    String result,
    @JsonProperty("old_version") Long oldVersion,
    @JsonProperty("new_version") Long newVersion,
    @JsonProperty("content_sha256") String contentSha256,
    List<Violation> notices,
    @JsonProperty("promoted_from") PromotedFrom promotedFrom,
    @JsonProperty("approval_required") Boolean approvalRequired,
    @JsonProperty("since_version") Long sinceVersion,
    String change,
    Problem problem) {}
