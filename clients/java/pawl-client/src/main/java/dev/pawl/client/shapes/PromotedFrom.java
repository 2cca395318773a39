// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * The version whose text was carried over.
 *
 * @param path Segments of letters, digits and `. _ &#64; + = -`, joined by slashes; none is `.` or `..`.
 * @param version A version's number.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PromotedFrom(
    String namespace,
    String path,
    long version) {}
