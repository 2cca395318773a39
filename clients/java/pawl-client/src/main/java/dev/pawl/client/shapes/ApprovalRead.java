// Generated from api/openapi.yaml by `npm run generate`. Do not edit.
package dev.pawl.client.shapes;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * A change that waits, with what it would save now.
 *
 * @param approvedBy Those whose approval holds for the change as it is now.
 * @param token Names exactly this change. Absent when it cannot be approved as it stands: see `problem`.
 * @param needed How many people have to approve.
 * @param problem Why it cannot be approved as it stands, such as others having changed the same place.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApprovalRead(
    String id,
    String namespace,
    List<String> paths,
    @JsonProperty("proposed_by") String proposedBy,
    @JsonProperty("proposer_verified") boolean proposerVerified,
    ApprovalReadObject object,
    String since,
    @JsonProperty("approved_by") List<Approver> approvedBy,
    @JsonProperty("rejected_by") ApprovalReadRejectedBy rejectedBy,
    String token,
    long needed,
    ApprovalReadProblem problem,
    List<ApprovalReadChange> changes) {}
