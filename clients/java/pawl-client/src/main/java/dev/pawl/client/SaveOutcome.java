package dev.pawl.client;

import dev.pawl.client.shapes.Place;
import dev.pawl.client.shapes.Problem;
import java.util.List;

/** What became of a text. */
public sealed interface SaveOutcome {
  /** Saved as it was sent. {@code text} is the whole text of that version, {@code result} the API's word. */
  record Saved(long version, String text, String result) implements SaveOutcome {}

  /** Carried onto the latest version; {@code text} is the merged text. */
  record Merged(long version, String text, String result) implements SaveOutcome {}

  /** The text was the latest already. */
  record Unchanged(long version, String text, String result) implements SaveOutcome {}

  /**
   * Nothing was saved. The same request with {@code confirm(token)} saves exactly {@code merged}.
   *
   * @param mergedDiff what that changes: latest to merged, unified
   * @param diff what the sender changed, unified
   */
  record NeedsConfirmation(
      String token, String merged, String mergedDiff, long currentVersion, String currentAuthor, String diff)
      implements SaveOutcome {}

  /**
   * Nothing was saved: somebody else changed the same places.
   *
   * @param marked the merged text with marks at the clashes, as Git makes them
   */
  record Conflict(List<Place> places, String marked, long currentVersion, String currentAuthor, String diff)
      implements SaveOutcome {}

  /** Nothing is saved yet: it is kept under this id, and will be when so many other people have approved it. */
  record NeedsApproval(String id, long needed) implements SaveOutcome {}

  /** Nothing was saved, for the reason given. */
  record Refused(String reason, String message, Problem problem) implements SaveOutcome {}
}
