package dev.pawl.client;

/** Where a value comes from. */
public enum Source {
  SERVER,
  /** The server was away at the start, and has not been heard of since. */
  DISK
}
