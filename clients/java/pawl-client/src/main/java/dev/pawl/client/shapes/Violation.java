// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A place of a text that a ConfigSchema does not allow, or that looks like a secret. Without a place: the check
 * took too long on the text. It names keys, and holds no value of the config.
 *
 * @param schema The ConfigSchema; absent where it is about a secret.
 * @param pointer RFC 6901; of several YAML documents, the first step is which one.
 * @param path The place, for people; empty for the whole text.
 * @param column In characters.
 * @param rule The keyword of JSON Schema, or what found the secret.
 * @param message What is allowed there, or what it looks like.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Violation(
    String schema,
    String pointer,
    String path,
    Long line,
    Long column,
    String rule,
    String message) {}
