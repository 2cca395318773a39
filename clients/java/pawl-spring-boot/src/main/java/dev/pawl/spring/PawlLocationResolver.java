package dev.pawl.spring;

import java.util.List;
import org.springframework.boot.context.config.ConfigDataLocation;
import org.springframework.boot.context.config.ConfigDataLocationResolver;
import org.springframework.boot.context.config.ConfigDataLocationResolverContext;

/** Reads {@code spring.config.import=pawl:NAMESPACE/PATH}, and the settings that go with it. */
final class PawlLocationResolver implements ConfigDataLocationResolver<PawlResource> {
  static final String PREFIX = "pawl:";

  @Override
  public boolean isResolvable(ConfigDataLocationResolverContext context, ConfigDataLocation location) {
    return location.hasPrefix(PREFIX);
  }

  @Override
  public List<PawlResource> resolve(ConfigDataLocationResolverContext context, ConfigDataLocation location) {
    String name = location.getNonPrefixedValue(PREFIX);
    int slash = name.indexOf('/');
    if (slash <= 0 || slash == name.length() - 1) {
      throw new IllegalArgumentException(
          "the import \"" + location + "\" does not name a config: write pawl:NAMESPACE/PATH, such as pawl:payments/limits/eu.yaml");
    }
    PawlSettings settings = PawlSettings.of(context.getBinder());
    return List.of(new PawlResource(name.substring(0, slash), name.substring(slash + 1), settings));
  }
}
