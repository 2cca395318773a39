// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * SavedConfig
 *
 * @param latest A version with its text.
 * @param result `saved`: as it was sent. `merged`: carried onto the latest. `confirmed`: carried onto the
 * latest, after it was shown. `promoted`: an old text again. `overwrite`: in the place of the latest, without a
 * base. `imported`: a commit of a Git history. `unchanged`: it was the latest already.
 * @param dryRun Nothing was saved; this is what it would be.
 * @param approvalRequired Of a dry run: it would be kept until others have approved it.
 * @param notes The first lines that the programs for this format do not read alike, although the text is
 * accepted, such as `export NAME=…` in an `env` file. Absent where there are none, and for texts above 64 KiB.
 * @param notices What rules that only warn say to the text. Absent when they say nothing.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SavedConfig(
    Config config,
    Version latest,
    String result,
    @JsonProperty("dry_run") boolean dryRun,
    @JsonProperty("approval_required") Boolean approvalRequired,
    List<BodyNote> notes,
    List<Violation> notices) {}
