package dev.pawl.client;

import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What a program wants to be told. Callbacks are called by one thread, one after the other. */
public final class WatchOptions<T> {
  BiConsumer<Snapshot<T>, Snapshot<T>> onChange = (old, now) -> {};
  Consumer<PawlException> onError = error -> {};

  private WatchOptions() {}

  public static <T> WatchOptions<T> create() {
    return new WatchOptions<>();
  }

  /** Called with the old and the new one after a new version came and parsed; not for the first one. */
  public WatchOptions<T> onChange(BiConsumer<Snapshot<T>, Snapshot<T>> callback) {
    onChange = callback;
    return this;
  }

  /** Called when something goes wrong, once until it is well again. The last good value stays. */
  public WatchOptions<T> onError(Consumer<PawlException> callback) {
    onError = callback;
    return this;
  }
}
