// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * Configs that are neither saved nor deleted for a while.
 *
 * @param name Among the freezes of its config namespace.
 * @param paths By pattern. Absent: every path.
 * @param until When it ends by itself.
 * @param by Who asked for it by this API. Absent: its manifest.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Freeze(
    String name,
    List<String> paths,
    String reason,
    String until,
    String by) {}
