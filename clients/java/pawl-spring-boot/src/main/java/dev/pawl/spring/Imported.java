package dev.pawl.spring;

import dev.pawl.client.LiveConfig;
import dev.pawl.client.PawlClient;
import dev.pawl.client.PawlException;
import dev.pawl.client.Snapshot;
import dev.pawl.client.WatchOptions;
import java.util.Map;
import java.util.Set;

/**
 * A config that is imported: its property source, which shows what is followed. Until the context is up, the source shows what it
 * began with, so that all beans are bound to one version. From then on a version that beans cannot be bound to is one that does not
 * parse: the last good one stays, in the environment, in the beans and on disk.
 */
final class Imported {
  final PawlResource resource;
  final PawlPropertySource source;
  private final PawlImports imports;
  private LiveConfig<Map<String, Object>> live;

  // Set under the lock of PawlImports.
  private volatile Snapshot<Map<String, Object>> shown;
  private Set<String> changed = Set.of();

  Imported(PawlImports imports, PawlResource resource) {
    this.imports = imports;
    this.resource = resource;
    source =
        new PawlPropertySource(
            resource.toString(), () -> new PawlOrigin(resource.namespace, resource.path, shown.version()));
  }

  /** Waits for the first value. */
  void start(PawlClient client) {
    WatchOptions<Map<String, Object>> options =
        WatchOptions.<Map<String, Object>>create()
            .onChange((old, now) -> imports.changed(this, now))
            .onError(error -> imports.tell(resource, error));
    live = client.watch(resource.namespace, resource.path, this::parse, options);
    shown = live.current();
    source.show(shown.value());
  }

  LiveConfig<Map<String, Object>> live() {
    return live;
  }

  long version() {
    return shown.version();
  }

  private Map<String, Object> parse(String text, String format) throws Exception {
    Map<String, Object> properties = Texts.properties(text, format);
    imports.tryOn(this, properties);
    return properties;
  }

  /** @throws PawlException where beans cannot be bound to it; then nothing has changed */
  void show(Map<String, Object> properties, Rebinding rebinding) {
    changed = rebinding.show(source, properties);
  }

  /** Null: it has been told. */
  PawlConfigChanged show(Snapshot<Map<String, Object>> now, Rebinding rebinding) {
    if (shown.version() == now.version()) return null;
    if (source.properties() != now.value()) show(now.value(), rebinding);
    Snapshot<Map<String, Object>> old = shown;
    shown = now;
    return new PawlConfigChanged(imports, resource, old, now, changed);
  }
}
