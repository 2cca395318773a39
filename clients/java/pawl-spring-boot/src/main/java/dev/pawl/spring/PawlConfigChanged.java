package dev.pawl.spring;

import dev.pawl.client.Snapshot;
import java.util.Map;
import java.util.Set;
import org.springframework.context.ApplicationEvent;

/**
 * A new version of an imported config is in the environment, and beans are bound to it. Published for each, one after the other,
 * by a thread of Pawl's.
 */
public final class PawlConfigChanged extends ApplicationEvent {
  private final String namespace;
  private final String path;
  private final Snapshot<Map<String, Object>> old;
  private final Snapshot<Map<String, Object>> now;
  private final Set<String> changed;

  PawlConfigChanged(
      PawlImports source,
      PawlResource resource,
      Snapshot<Map<String, Object>> old,
      Snapshot<Map<String, Object>> now,
      Set<String> changed) {
    super(source);
    this.namespace = resource.namespace;
    this.path = resource.path;
    this.old = old;
    this.now = now;
    this.changed = changed;
  }

  public String namespace() {
    return namespace;
  }

  public String path() {
    return path;
  }

  /** What the environment had before: its properties, with version and text. */
  public Snapshot<Map<String, Object>> old() {
    return old;
  }

  public Snapshot<Map<String, Object>> now() {
    return now;
  }

  /**
   * The properties that the environment now answers otherwise, also through placeholders; without those that a source of higher
   * precedence hides.
   */
  public Set<String> changed() {
    return changed;
  }
}
