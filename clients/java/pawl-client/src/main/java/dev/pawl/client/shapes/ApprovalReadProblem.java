// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Why it cannot be approved as it stands, such as others having changed the same place.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApprovalReadProblem(
    String reason,
    String detail) {}
