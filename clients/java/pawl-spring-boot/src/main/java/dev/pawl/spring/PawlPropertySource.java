package dev.pawl.spring;

import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.origin.Origin;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.EnumerablePropertySource;

/**
 * The properties of a config. They change as one, in place: what holds this source, holds the next version, too. Spring Boot keeps
 * nothing of a source that does not call itself immutable.
 */
final class PawlPropertySource extends EnumerablePropertySource<Object> implements OriginLookup<String> {
  private record Content(Map<String, Object> properties, String[] names) {}

  private final Supplier<Origin> origin;
  private volatile Content content = new Content(Map.of(), new String[0]);

  PawlPropertySource(String name, Supplier<Origin> origin) {
    super(name, new Object());
    this.origin = origin;
  }

  Map<String, Object> properties() {
    return content.properties;
  }

  void show(Map<String, Object> properties) {
    content = new Content(properties, properties.keySet().toArray(new String[0]));
  }

  @Override
  public String[] getPropertyNames() {
    return content.names;
  }

  @Override
  public boolean containsProperty(String name) {
    return content.properties.containsKey(name);
  }

  @Override
  public Object getProperty(String name) {
    return content.properties.get(name);
  }

  @Override
  public Origin getOrigin(String key) {
    return containsProperty(key) ? origin.get() : null;
  }
}
