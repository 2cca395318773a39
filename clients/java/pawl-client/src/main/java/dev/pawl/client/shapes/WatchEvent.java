// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What `data:` of `event: change` holds.
 *
 * @param path Segments of letters, digits and `. _ &#64; + = -`, joined by slashes; none is `.` or `..`.
 * @param version The version saved or deleted; of a deleted config, the highest number it ever had.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WatchEvent(
    String kind,
    String namespace,
    String path,
    long version,
    String at) {}
