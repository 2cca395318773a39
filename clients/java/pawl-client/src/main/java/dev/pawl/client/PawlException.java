package dev.pawl.client;

import dev.pawl.client.shapes.Problem;
import java.time.Duration;
import java.util.Optional;

/** What can go wrong, as one exception with a reason a program can switch on. */
public final class PawlException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public enum Reason {
    /** The server did not answer, or asked to come back later. It passes by itself. */
    UNAVAILABLE,
    /** Nobody knows whether a save was done. Send it again with the {@link #idempotencyKey()}. */
    OUTCOME_UNKNOWN,
    /** The server said no. The {@link #problem()} has its reason. */
    REFUSED,
    /** The text of a version does not become a value. The last good one stays. */
    INVALID,
    /** The token cannot be read. */
    TOKEN,
    /** The last good value cannot be kept on disk, or read from there. */
    CACHE,
    /** A callback threw. */
    CALLBACK,
    /** The client was closed, or the thread was interrupted. */
    CLOSED
  }

  private final Reason reason;
  private final transient Problem problem;
  private final long version;
  private final Duration retryAfter;
  private final String idempotencyKey;

  private PawlException(
      Reason reason, String message, Throwable cause, Problem problem, long version, Duration retryAfter, String idempotencyKey) {
    super(message, cause);
    this.reason = reason;
    this.problem = problem;
    this.version = version;
    this.retryAfter = retryAfter;
    this.idempotencyKey = idempotencyKey;
  }

  static PawlException of(Reason reason, String message, Throwable cause) {
    return new PawlException(reason, message, cause, null, 0, Duration.ZERO, null);
  }

  /** For a {@link Parser} that says in its own words, which come into logs, why a text is not valid. */
  public static PawlException invalid(String message) {
    return invalid(message, 0);
  }

  static PawlException invalid(String message, long version) {
    return new PawlException(Reason.INVALID, message, null, null, version, Duration.ZERO, null);
  }

  static PawlException answered(Reason reason, String message, Problem problem, Duration retryAfter) {
    return new PawlException(reason, message, null, problem, 0, retryAfter, null);
  }

  static PawlException unknown(PawlException cause, String key) {
    String message = "it is not known whether the text was saved: " + cause.getMessage();
    return new PawlException(Reason.OUTCOME_UNKNOWN, message, cause, null, 0, Duration.ZERO, key);
  }

  public Reason reason() {
    return reason;
  }

  /** What the server said, if it did. */
  public Optional<Problem> problem() {
    return Optional.ofNullable(problem);
  }

  /** Of {@link Reason#INVALID}: the version that does not become a value. Otherwise 0. */
  public long version() {
    return version;
  }

  /** How long the server asked to be left alone. */
  public Duration retryAfter() {
    return retryAfter;
  }

  /** Of {@link Reason#OUTCOME_UNKNOWN}. */
  public Optional<String> idempotencyKey() {
    return Optional.ofNullable(idempotencyKey);
  }

  boolean isProblem(String reason) {
    return problem != null && problem.reason().equals(reason);
  }
}
