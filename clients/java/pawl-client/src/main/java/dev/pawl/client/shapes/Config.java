// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Config
 *
 * @param path Segments of letters, digits and `. _ &#64; + = -`, joined by slashes; none is `.` or `..`.
 * @param format A config keeps its format for life. Left out of a save, it is the config's own. Left out for a
 * new config, the path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`,
 * `.properties`, `.env`, `.ini`, `.toml`, `.txt`); where it names none, it is text, which is merged by lines.
 * @param latestVersion A version's number.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Config(
    String namespace,
    String path,
    String format,
    @JsonProperty("latest_version") long latestVersion) {}
