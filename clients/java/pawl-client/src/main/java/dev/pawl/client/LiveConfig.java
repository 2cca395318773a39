package dev.pawl.client;

import dev.pawl.client.PawlException.Reason;
import dev.pawl.client.shapes.ConfigRead;
import dev.pawl.client.shapes.Version;
import dev.pawl.client.shapes.WatchEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A config that is followed: its last good value, and one thread that keeps it up to date until it is closed. Its value is always
 * one that parsed, and callbacks are called in the order of versions. Any thread may ask.
 */
public final class LiveConfig<T> implements AutoCloseable {
  /** How what we have compares with the server. */
  private enum Standing {
    SAME,
    /** We could not look. */
    BEHIND,
    /** The server has none. */
    GONE,
    /** Its latest does not parse. */
    UNREAD
  }

  private static final Duration TOUCH_EVERY = Duration.ofMinutes(1);

  /** What it is given by its client. Without a disk, that is null. */
  record Around(Caller caller, Disk disk, String server, Consumer<LiveConfig<?>> closed) {}

  private final Around around;
  private final String namespace;
  private final String path;
  private final Parser<T> parser;
  private final WatchOptions<T> options;
  private final Thread thread;

  private volatile Snapshot<T> now;
  private volatile Source source = Source.SERVER;
  private volatile long confirmedAt = System.nanoTime();
  private volatile boolean isClosed;

  // Of the starting thread, and then of ours alone.
  private Standing standing = Standing.BEHIND;
  private long seen;
  private String lastEventId = "";
  private long touchedAt = System.nanoTime();
  private String told = "";

  LiveConfig(Around around, String namespace, String path, Parser<T> parser, WatchOptions<T> options) {
    this.around = around;
    this.namespace = namespace;
    this.path = path;
    this.parser = parser;
    this.options = options;
    thread = new Thread(this::follow, "pawl " + namespace + "/" + path);
    thread.setDaemon(true);
  }

  /** The last good value. */
  public T value() {
    return now.value();
  }

  public long version() {
    return now.version();
  }

  /** The last good value with its version and text. */
  public Snapshot<T> current() {
    return now;
  }

  public Source source() {
    return source;
  }

  /** How long ago the server last confirmed that the value is the latest, for a metric. */
  public Duration staleFor() {
    return Duration.ofNanos(System.nanoTime() - confirmedAt);
  }

  /** Nothing of it runs, and no callback is called, once this has returned; a callback that closes it is the last. */
  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    around.closed().accept(this);
    if (Thread.currentThread() == thread) return;
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  void start() {
    boolean found = fromDisk();
    first(found);
    thread.start();
  }

  private void first(boolean found) {
    long end = System.nanoTime() + around.caller().pace.start().toNanos();
    for (int failures = 0; ; failures++) {
      try {
        look(found);
        return;
      } catch (PawlException error) {
        if (error.reason() != Reason.UNAVAILABLE) throw error;
        if (found) {
          tell(error);
          return;
        }
        Duration wait = around.caller().pace.backOff(failures, error.retryAfter());
        if (System.nanoTime() + wait.toNanos() > end || !around.caller().slept(wait)) throw error;
      }
    }
  }

  private boolean fromDisk() {
    if (around.disk() == null) return false;
    try {
      Disk.Found found = around.disk().read(namespace, path);
      if (found == null) return false;
      now = snapshot(found.kept().version(), found.kept().bodyRaw(), found.kept().format());
      seen = now.version();
      source = Source.DISK;
      confirmedAt = System.nanoTime() - found.age().toNanos();
      return true;
    } catch (IOException cause) {
      tell(cacheError(cause));
    } catch (PawlException error) {
      tell(error);
    }
    return false;
  }

  private Snapshot<T> snapshot(long version, String text, String format) {
    try {
      return new Snapshot<>(parser.parse(text, format), version, text, format);
    } catch (Throwable cause) {
      // Of any kind: a parser is the program's own, and without a thread there would be no next version.
      String message =
          "version " + version + " of " + namespace + "/" + path + " is not valid here: " + Faults.of(cause);
      // Without the cause: messages of parsers quote the text.
      throw PawlException.invalid(message, version);
    }
  }

  private void follow() {
    int failures = 0;
    while (!isClosed) {
      Duration wait = Duration.ZERO;
      try {
        stream();
        failures = 0;
      } catch (PawlException error) {
        if (isClosed || error.reason() == Reason.CLOSED) return;
        // Of another database, perhaps: begin anew.
        if (error.isProblem("InvalidCursor")) lastEventId = "";
        else tell(error);
        // Where events came before, it begins anew.
        failures = standing == Standing.SAME ? 1 : failures + 1;
        wait = error.retryAfter();
      } catch (RuntimeException odd) {
        // Of an answer that nobody thought of. Its message may quote it.
        tell(PawlException.of(Reason.UNAVAILABLE, "the answer is not one of Pawl's: " + odd.getClass().getName(), null));
        failures++;
      }
      if (standing == Standing.SAME) standing = Standing.BEHIND;
      if (!around.caller().slept(around.caller().pace.backOff(failures, wait))) return;
    }
  }

  /** One connection, until it breaks. */
  private void stream() {
    try (Body body = around.caller().stream(Caller.pathOf("watch", namespace, path), lastEventId)) {
      Events events = new Events(around.caller(), body);
      boolean isFirst = true;
      for (Events.Event event; !isClosed && (event = events.next()) != null; ) {
        // What happened while nobody listened is looked for once; what follows is told.
        if (isFirst || asksToLook(event)) look(true);
        else if (standing == Standing.SAME) confirm();
        isFirst = false;
        if (!event.id().isEmpty()) lastEventId = event.id();
      }
    }
  }

  private boolean asksToLook(Events.Event event) {
    if (event.name().equals("expired")) return true;
    if (!event.name().equals("change")) return standing == Standing.BEHIND;
    WatchEvent change;
    try {
      change = Caller.JSON.readValue(event.data(), WatchEvent.class);
    } catch (IOException odd) {
      return true;
    }
    if (change == null || change.kind() == null) return true;
    return switch (change.kind()) {
      case "version-deleted" -> false;
      case "saved" -> change.version() > seen || standing == Standing.GONE;
      default -> true;
    };
  }

  /** Reads the latest, if it is not the one we have. What does not parse is only told where there is a value. */
  private void look(boolean hasValue) {
    if (standing == Standing.SAME) standing = Standing.BEHIND;
    ConfigRead read;
    try {
      read = around.caller().read(namespace, path, "", seen);
    } catch (PawlException error) {
      if (!hasValue || !error.isProblem("ConfigNotFound") || source == Source.DISK) throw error;
      // The stream goes on, and says when there is one again.
      standing = Standing.GONE;
      tell(error);
      return;
    }
    if (read != null) {
      take(read, hasValue);
    } else if (seen == now.version()) {
      // Otherwise that is the one that was told not to parse, and ours is still not the latest.
      standing = Standing.SAME;
      confirm();
    }
  }

  private void take(ConfigRead read, boolean hasValue) {
    Version latest = read.latest();
    Snapshot<T> next;
    try {
      next = snapshot(latest.version(), latest.bodyRaw(), read.config().format());
    } catch (PawlException error) {
      if (!hasValue) throw error;
      seen = latest.version();
      standing = Standing.UNREAD;
      tell(error);
      return;
    }
    Snapshot<T> old = now;
    seen = next.version();
    now = next;
    standing = Standing.SAME;
    keep(next, latest.contentSha256());
    confirm();
    if (old != null) call(() -> options.onChange.accept(old, next));
  }

  private void keep(Snapshot<T> next, String sha256) {
    if (around.disk() == null) return;
    touchedAt = System.nanoTime();
    try {
      around
          .disk()
          .write(
              new Disk.Kept(around.server(), namespace, path, next.format(), next.version(), sha256, next.text()));
    } catch (IOException cause) {
      tell(cacheError(cause));
    }
  }

  private void confirm() {
    source = Source.SERVER;
    confirmedAt = System.nanoTime();
    told = "";
    if (around.disk() == null || confirmedAt - touchedAt < TOUCH_EVERY.toNanos()) return;
    touchedAt = confirmedAt;
    try {
      around.disk().touch(namespace, path);
    } catch (IOException cause) {
      tell(cacheError(cause));
    }
  }

  private void tell(PawlException error) {
    String key = error.reason() + " " + error.problem().map(one -> one.reason()).orElse("") + " " + error.version();
    if (key.equals(told)) return;
    told = key;
    try {
      if (!isClosed) options.onError.accept(error);
    } catch (Throwable ignored) {
      // Whom should we tell?
    }
  }

  /** A callback's own fault is told, and does not end the thread. */
  private void call(Runnable callback) {
    if (isClosed) return;
    try {
      callback.run();
    } catch (Throwable cause) {
      tell(PawlException.of(Reason.CALLBACK, "a callback threw: " + cause, cause));
    }
  }

  private static PawlException cacheError(IOException cause) {
    return PawlException.of(Reason.CACHE, "the last good value cannot be kept on disk: " + cause, cause);
  }
}
