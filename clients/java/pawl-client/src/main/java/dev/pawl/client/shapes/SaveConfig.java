// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * SaveConfig
 *
 * @param format A config keeps its format for life. Left out of a save, it is the config's own. Left out for a
 * new config, the path's extension names it, in upper or lower case (`.yaml`, `.yml`, `.json`, `.jsonc`,
 * `.properties`, `.env`, `.ini`, `.toml`, `.txt`); where it names none, it is text, which is merged by lines.
 * @param bodyRaw The text, kept byte for byte.
 * @param baseVersion The version a text was edited from; 0, that there must be none yet.
 * @param onStale What to do when the base is not the latest version any more. Defaults to the namespace's
 * policy, and without one to `confirm`.
 * @param confirm Confirms exactly the result that the refusal with this token showed.
 * @param author Who wrote the text, as the sender claims, in one line; the user who sends it when it is left
 * out. Everybody is told of the verified user beside it.
 * @param bypass Why this is to be done although the config is frozen, or protected and not approved. Needs the
 * right `bypass` on it. The history keeps it: in the comment of the version for a freeze, and in its `approvals`
 * else. Where there is neither, it says nothing.
 * @param git Where a text came from, as you say.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SaveConfig(
    String format,
    @JsonProperty("body_raw") String bodyRaw,
    @JsonProperty("base_version") Long baseVersion,
    @JsonProperty("on_stale") String onStale,
    String confirm,
    String author,
    String comment,
    String bypass,
    NewGit git) {}
