// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * `latest` when the latest was asked for, `version` when one by its number.
 *
 * @param latest A version with its text.
 * @param version A version with its text.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ConfigRead(
    Config config,
    Version latest,
    Version version) {}
