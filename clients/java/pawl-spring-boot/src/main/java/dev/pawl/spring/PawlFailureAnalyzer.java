package dev.pawl.spring;

import dev.pawl.client.PawlException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

/** Says what to do where a start fails for an import. Before Spring Boot's own, which knows only that something is not there. */
@Order(0)
final class PawlFailureAnalyzer extends AbstractFailureAnalyzer<PawlException> {
  @Override
  protected FailureAnalysis analyze(Throwable root, PawlException cause) {
    return new FailureAnalysis("An import of pawl: failed: " + cause.getMessage(), action(cause), cause);
  }

  private static String action(PawlException cause) {
    return switch (cause.reason()) {
      case UNAVAILABLE ->
          "Check pawl.server and pawl.ca-file. With pawl.cache-folder, a program that read the config once starts without the server;"
              + " optional:pawl:… lets it start without the config.";
      case TOKEN -> "Check pawl.token-file: the pod needs a projected token for Pawl's audience.";
      case REFUSED ->
          cause.problem().filter(problem -> problem.reason().equals("ConfigNotFound")).isPresent()
              ? "Create the config, or import it with optional:pawl:…"
              : "Give the pod's service account the right to get the config, and check the audience of its token.";
      case INVALID -> "Save a text that can be read: the latest version decides.";
      default -> null;
    };
  }
}
