// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * ApprovalReadChange
 *
 * @param path Segments of letters, digits and `. _ &#64; + = -`, joined by slashes; none is `.` or `..`.
 * @param currentVersion A version's number.
 * @param contentSha256 SHA-256 of the UTF-8 bytes of a text, lower-case hex.
 * @param bodyRaw The text that would be saved.
 * @param change Latest to that text, unified. Absent: this config needs no approval.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApprovalReadChange(
    String namespace,
    String path,
    String operation,
    @JsonProperty("current_version") Long currentVersion,
    @JsonProperty("content_sha256") String contentSha256,
    @JsonProperty("body_raw") String bodyRaw,
    String change) {}
