package dev.pawl.spring;

import dev.pawl.client.Pace;
import dev.pawl.client.PawlClient;
import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * What stands under {@code pawl} in the environment.
 *
 * @param server such as {@code https://pawl.pawl.svc:8443}
 * @param tokenFile the projected token of a service account, for Pawl's audience
 * @param caFile the authority to trust, PEM; default: those that Java trusts
 * @param cacheFolder where last good values are kept; default: nowhere
 * @param startTimeout how long a start waits for a config that is not on disk
 */
record PawlSettings(
    String server, String tokenFile, String caFile, String cacheFolder, @DefaultValue("30s") Duration startTimeout) {

  /** Throws what Spring Boot shows with the name of the setting. */
  static PawlSettings of(Binder binder) {
    PawlSettings settings = binder.bindOrCreate("pawl", PawlSettings.class);
    if (settings.server == null || !settings.server.startsWith("https://")) {
      throw new InvalidConfigurationPropertyValueException(
          "pawl.server", settings.server, "An import of pawl: needs the server's https:// URL.");
    }
    if (settings.tokenFile == null) {
      throw new InvalidConfigurationPropertyValueException(
          "pawl.token-file", null, "An import of pawl: needs the file of a token for Pawl's audience.");
    }
    return settings;
  }

  PawlClient connect() {
    Pace usual = Pace.USUAL;
    Pace pace =
        new Pace(usual.request(), usual.idle(), usual.minBackOff(), usual.maxBackOff(), startTimeout, usual.save());
    PawlClient.Builder builder = PawlClient.to(server).tokenFile(Path.of(tokenFile)).pace(pace);
    if (caFile != null) builder.caFile(Path.of(caFile));
    if (cacheFolder != null) builder.cacheFolder(Path.of(cacheFolder));
    return builder.connect();
  }
}
