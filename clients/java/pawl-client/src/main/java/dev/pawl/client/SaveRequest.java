package dev.pawl.client;

import dev.pawl.client.shapes.NewGit;
import dev.pawl.client.shapes.SaveConfig;

/** A text to save, as docs/api.md has it. */
public final class SaveRequest {
  private final String body;
  private Long baseVersion;
  private String format;
  private String onStale;
  private String confirm;
  private String author;
  private String comment;
  private String bypass;
  private NewGit git;
  boolean overwrite;
  String idempotencyKey;

  private SaveRequest(String body) {
    this.body = body;
  }

  public static SaveRequest of(String body) {
    return new SaveRequest(body);
  }

  /** The version the text was edited from; 0, that there must be no such config yet. */
  public SaveRequest baseVersion(long version) {
    baseVersion = version;
    return this;
  }

  public SaveRequest format(String format) {
    this.format = format;
    return this;
  }

  /** {@code confirm}, {@code merge} or {@code reject}: what to do when the base is not the latest any more. */
  public SaveRequest onStale(String onStale) {
    this.onStale = onStale;
    return this;
  }

  /** The token of {@link SaveOutcome.NeedsConfirmation}. */
  public SaveRequest confirm(String token) {
    confirm = token;
    return this;
  }

  public SaveRequest author(String author) {
    this.author = author;
    return this;
  }

  public SaveRequest comment(String comment) {
    this.comment = comment;
    return this;
  }

  public SaveRequest git(NewGit git) {
    this.git = git;
    return this;
  }

  /** Why this is to be done although the config is frozen, or protected and not approved. */
  public SaveRequest bypass(String why) {
    bypass = why;
    return this;
  }

  /** Instead of a base: the text takes the place of the latest one, and is kept as an overwrite. */
  public SaveRequest overwrite() {
    overwrite = true;
    return this;
  }

  /** Of an earlier call whose outcome is unknown. Default: a new one. */
  public SaveRequest idempotencyKey(String key) {
    idempotencyKey = key;
    return this;
  }

  SaveConfig shape() {
    return new SaveConfig(format, body, baseVersion, onStale, confirm, author, comment, bypass, git);
  }
}
