package dev.pawl.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait for what.
 *
 * @param request the longest wait for an answer, and for a stream to begin
 * @param idle a stream that says nothing for so long is broken: the server says something every 15 seconds
 * @param minBackOff doubles with each failure in a row; half of it is chance
 * @param maxBackOff the longest of these
 * @param start how long {@code watch} waits for a first value where there is none on disk
 * @param save how long a save is repeated while nobody knows what became of it
 */
public record Pace(
    Duration request, Duration idle, Duration minBackOff, Duration maxBackOff, Duration start, Duration save) {

  /** 10 s, 45 s, 500 ms, 30 s, 30 s, 30 s. */
  public static final Pace USUAL =
      new Pace(
          Duration.ofSeconds(10),
          Duration.ofSeconds(45),
          Duration.ofMillis(500),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30));

  /** So that a thousand programs do not come back as one. */
  Duration backOff(int failures, Duration asked) {
    long whole = Math.min(minBackOff.toMillis() << Math.min(failures, 20), maxBackOff.toMillis());
    long wait = whole / 2 + ThreadLocalRandom.current().nextLong(whole / 2 + 1);
    return Duration.ofMillis(Math.max(wait, asked.toMillis()));
  }
}
