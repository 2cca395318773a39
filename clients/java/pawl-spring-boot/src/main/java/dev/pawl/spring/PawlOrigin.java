package dev.pawl.spring;

import org.springframework.boot.origin.Origin;

/** Where a property comes from, as Spring Boot shows it: {@code payments/limits/eu.yaml version 9}. */
public record PawlOrigin(String namespace, String path, long version) implements Origin {
  @Override
  public String toString() {
    return namespace + "/" + path + " version " + version;
  }
}
