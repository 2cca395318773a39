package dev.pawl.client;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Why a text does not become a value: the place and the kind. Invariant: never the value, which is not for a log. */
final class Faults {
  private Faults() {}

  static String of(Throwable fault) {
    if (fault instanceof PawlException ours && ours.reason() == PawlException.Reason.INVALID) return ours.getMessage();
    // From ObjectMapper.convertValue.
    if (fault instanceof IllegalArgumentException && fault.getCause() instanceof JsonMappingException inner) return of(inner);
    String kind = fault.getClass().getSimpleName();
    if (fault instanceof JsonMappingException odd && !odd.getPath().isEmpty()) return "at " + pointer(odd) + " (" + kind + ")";
    if (fault instanceof JsonProcessingException odd && odd.getLocation() != null && odd.getLocation() != JsonLocation.NA) {
      return "at line " + odd.getLocation().getLineNr() + " (" + kind + ")";
    }
    if (fault instanceof MarkedYamlEngineException odd && odd.getProblemMark().isPresent()) {
      return "at line " + (odd.getProblemMark().get().getLine() + 1) + " (" + kind + ")";
    }
    return "its parser threw " + kind;
  }

  /** RFC 6901. */
  private static String pointer(JsonMappingException odd) {
    return odd.getPath().stream()
        .map(step -> step.getFieldName() == null ? String.valueOf(step.getIndex()) : step.getFieldName())
        .map(step -> "/" + step.replace("~", "~0").replace("/", "~1"))
        .collect(Collectors.joining());
  }
}
