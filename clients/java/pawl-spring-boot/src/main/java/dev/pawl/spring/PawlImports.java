package dev.pawl.spring;

import dev.pawl.client.PawlClient;
import dev.pawl.client.PawlException;
import dev.pawl.client.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.commons.logging.Log;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * The configs that a program imports, as a bean: for a health indicator, for a metric, and for the client to save with. One change
 * is worked in at a time. Nothing of it runs once the context is closed, or has failed to start.
 */
public final class PawlImports {
  private final PawlClient client;
  private final Log log;
  private final List<Imported> imports = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();

  private ConfigurableApplicationContext context;
  /** Null until the context is up. Guarded by the lock. */
  private Rebinding rebinding;

  PawlImports(PawlClient client, Log log) {
    this.client = client;
    this.log = log;
  }

  /** The client they are followed with. It is closed with the context. */
  public PawlClient client() {
    return client;
  }

  /** The version of each that is in the environment, by {@code NAMESPACE/PATH}. */
  public Map<String, Long> versions() {
    Map<String, Long> versions = new TreeMap<>();
    for (Imported one : imports) {
      versions.put(one.resource.namespace + "/" + one.resource.path, one.version());
    }
    return versions;
  }

  /** How long ago the server last confirmed all of them. */
  public Duration staleFor() {
    return imports.stream().map(one -> one.live().staleFor()).max(Duration::compareTo).orElse(Duration.ZERO);
  }

  PawlPropertySource follow(PawlResource resource) {
    Imported imported = new Imported(this, resource);
    imported.start(client);
    imports.add(imported);
    return imported.source;
  }

  /** The context exists, and has no beans yet. */
  void enter(ConfigurableApplicationContext entered) {
    context = entered;
    context.getBeanFactory().registerSingleton("pawlImports", this);
    context.addApplicationListener(new Life());
  }

  void close() {
    client.close();
  }

  void tell(PawlResource resource, PawlException error) {
    log.warn(resource + ": " + error.reason() + ": " + error.getMessage());
  }

  /** Before the context is up, a text is only parsed. */
  void tryOn(Imported imported, Map<String, Object> properties) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (rebinding != null) imported.show(properties, rebinding);
    } finally {
      lock.unlock();
    }
  }

  void changed(Imported imported, Snapshot<Map<String, Object>> now) {
    try {
      // Not lock(): a listener that closes the context waits for us.
      lock.lockInterruptibly();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      return;
    }
    try {
      if (rebinding != null) publish(imported, now);
    } finally {
      lock.unlock();
    }
  }

  private void publish(Imported imported, Snapshot<Map<String, Object>> now) {
    PawlConfigChanged event = imported.show(now, rebinding);
    if (event == null) return;
    log.info(imported.resource + ": version " + now.version() + " after " + event.old().version());
    context.publishEvent(event);
  }

  /** What has come since the start is worked in. */
  private void up() {
    lock.lock();
    try {
      rebinding = new Rebinding(context);
      for (Imported imported : imports) {
        try {
          publish(imported, imported.live().current());
        } catch (PawlException error) {
          tell(imported.resource, error);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private final class Life implements ApplicationListener<ApplicationContextEvent> {
    @Override
    public void onApplicationEvent(ApplicationContextEvent event) {
      // A child's events are told to its parent, too.
      if (event.getApplicationContext() != context) return;
      if (event instanceof ContextRefreshedEvent) up();
      else if (event instanceof ContextClosedEvent) close();
    }
  }
}
