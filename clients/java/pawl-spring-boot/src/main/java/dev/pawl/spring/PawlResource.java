package dev.pawl.spring;

import org.springframework.boot.context.config.ConfigDataResource;

/** A config that an import names. Equal to another one of the same name, so that it is loaded once. */
final class PawlResource extends ConfigDataResource {
  final String namespace;
  final String path;
  final PawlSettings settings;

  PawlResource(String namespace, String path, PawlSettings settings) {
    this.namespace = namespace;
    this.path = path;
    this.settings = settings;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PawlResource resource && toString().equals(resource.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** As it stands in {@code spring.config.import}. */
  @Override
  public String toString() {
    return PawlLocationResolver.PREFIX + namespace + "/" + path;
  }
}
