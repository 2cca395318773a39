package dev.pawl.spring;

import dev.pawl.client.PawlException;
import dev.pawl.client.PawlException.Reason;
import java.util.List;
import org.springframework.boot.bootstrap.BootstrapRegistry.InstanceSupplier;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.config.ConfigData;
import org.springframework.boot.context.config.ConfigDataLoader;
import org.springframework.boot.context.config.ConfigDataLoaderContext;
import org.springframework.boot.context.config.ConfigDataResourceNotFoundException;
import org.springframework.boot.logging.DeferredLogFactory;

/**
 * Loads a config as a property source that follows it. What an {@code optional:} import may lack is a config that is not there, or
 * a server that is away with nothing on disk; a token that is refused and a text that is not valid stop the start all the same.
 */
final class PawlLoader implements ConfigDataLoader<PawlResource> {
  private final DeferredLogFactory logs;

  PawlLoader(DeferredLogFactory logs) {
    this.logs = logs;
  }

  @Override
  public ConfigData load(ConfigDataLoaderContext context, PawlResource resource) throws ConfigDataResourceNotFoundException {
    ConfigurableBootstrapContext bootstrap = context.getBootstrapContext();
    bootstrap.registerIfAbsent(PawlImports.class, InstanceSupplier.from(() -> open(bootstrap, resource.settings)));
    try {
      PawlPropertySource source = bootstrap.get(PawlImports.class).follow(resource);
      // Neither could follow a change: what a config imports, and the profiles it names, are Spring's from the start on.
      return new ConfigData(List.of(source), ConfigData.Option.IGNORE_IMPORTS, ConfigData.Option.IGNORE_PROFILES);
    } catch (PawlException error) {
      boolean isMissing = error.problem().filter(problem -> problem.reason().equals("ConfigNotFound")).isPresent();
      if (isMissing || error.reason() == Reason.UNAVAILABLE) throw new ConfigDataResourceNotFoundException(resource, error);
      throw error;
    }
  }

  private PawlImports open(ConfigurableBootstrapContext bootstrap, PawlSettings settings) {
    PawlImports imports = new PawlImports(settings.connect(), logs.getLog(PawlImports.class));
    bootstrap.addCloseListener(closed -> imports.enter(closed.getApplicationContext()));
    return imports;
  }
}
