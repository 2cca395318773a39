// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Where two edits meet.
 *
 * @param path The place, for people.
 * @param pointer RFC 6901.
 * @param changedIn A version's number.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Place(
    String kind,
    String path,
    String pointer,
    String base,
    String current,
    String proposed,
    @JsonProperty("changed_in") long changedIn,
    @JsonProperty("changed_by") String changedBy) {}
