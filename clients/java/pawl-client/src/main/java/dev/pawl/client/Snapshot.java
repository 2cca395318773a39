package dev.pawl.client;

/**
 * A value with the version it comes from.
 *
 * @param text the whole text of that version
 */
public record Snapshot<T>(T value, long version, String text, String format) {}
