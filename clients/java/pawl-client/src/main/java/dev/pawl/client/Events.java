package dev.pawl.client;

import dev.pawl.client.PawlException.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Server-sent events out of pieces of bytes, as the HTML standard reads them. */
final class Events {
  record Event(String name, String data, String id) {}

  /** What is kept of an event that has not ended yet. One of Pawl's has a few hundred bytes. */
  private static final int MAX_EVENT = 1 << 20;

  private final Caller caller;
  private final Body body;
  private final Queue<Event> ready = new ArrayDeque<>();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private List<String> data = new ArrayList<>();
  private String name = "";
  private String id = "";
  private int size;
  private boolean wasReturn;

  Events(Caller caller, Body body) {
    this.caller = caller;
    this.body = body;
  }

  /** Null at the end. */
  Event next() {
    while (ready.isEmpty()) {
      byte[] piece = caller.next(body);
      if (piece == null) return null;
      for (byte one : piece) take(one);
    }
    return ready.remove();
  }

  private void take(byte one) {
    if (one == '\n' && wasReturn) {
      wasReturn = false;
      return;
    }
    wasReturn = one == '\r';
    if (one == '\n' || one == '\r') {
      takeLine(line.toString(StandardCharsets.UTF_8));
      line.reset();
      return;
    }
    line.write(one);
    if (++size > MAX_EVENT) {
      throw PawlException.of(Reason.UNAVAILABLE, "an event of the stream is too long", null);
    }
  }

  private void takeLine(String text) {
    if (text.isEmpty()) {
      if (!name.isEmpty() || !data.isEmpty()) ready.add(new Event(name, String.join("\n", data), id));
      name = "";
      data = new ArrayList<>();
      size = 0;
      return;
    }
    int colon = text.indexOf(':');
    String field = colon < 0 ? text : text.substring(0, colon);
    String value = colon < 0 ? "" : text.substring(colon + 1);
    if (value.startsWith(" ")) value = value.substring(1);
    switch (field) {
      case "event" -> name = value;
      case "data" -> data.add(value);
      case "id" -> id = value;
      default -> {}
    }
  }
}
