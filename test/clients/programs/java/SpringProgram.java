/*
 * test/clients/program.ts, with Spring Boot: `open` runs an application that imports configs, with `properties` for its command line;
 * `get` says what its beans hold; `close` closes its context.
 */

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pawl.spring.PawlConfigChanged;
import dev.pawl.spring.PawlImports;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.PropertySource;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({SpringProgram.Limits.class, SpringProgram.Alias.class, SpringProgram.Fixed.class})
public class SpringProgram {
  /** Bound again. */
  @ConfigurationProperties("limits")
  public static class Limits {
    private int cap;
    private int burst;
    private List<String> hosts = List.of();

    public int getCap() {
      return cap;
    }

    public void setCap(int cap) {
      this.cap = cap;
    }

    public int getBurst() {
      return burst;
    }

    public void setBurst(int burst) {
      this.burst = burst;
    }

    public List<String> getHosts() {
      return hosts;
    }

    public void setHosts(List<String> hosts) {
      this.hosts = hosts;
    }
  }

  /** Of a placeholder. */
  @ConfigurationProperties("alias")
  public static class Alias {
    private int cap;

    public int getCap() {
      return cap;
    }

    public void setCap(int cap) {
      this.cap = cap;
    }
  }

  /** Bound by its constructor, once. */
  @ConfigurationProperties("limits")
  public record Fixed(int cap) {}

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final PrintStream OUT = System.out;
  private static final Logger ROOT = Logger.getLogger("");
  private static ConfigurableApplicationContext context;
  private static Set<Thread> before;

  @EventListener
  void changed(PawlConfigChanged event) {
    Map<String, Object> now = new LinkedHashMap<>(values());
    now.put("version", event.now().version());
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("event", "change");
    told.put("old", Map.of("version", event.old().version()));
    told.put("now", now);
    told.put("changed", event.changed());
    told.put("path", event.path());
    say(told);
  }

  public static void main(String[] args) throws Exception {
    // Lines of our own alone.
    System.setOut(System.err);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      JsonNode order = JSON.readTree(line);
      Map<String, Object> answer = new LinkedHashMap<>();
      try {
        answer.putAll(carryOut(order));
      } catch (Exception error) {
        answer.put("error", Map.of("reason", error.getClass().getSimpleName(), "message", error.toString(), "left", left()));
      }
      answer.put("id", order.get("id").intValue());
      say(answer);
    }
  }

  private static Map<String, Object> carryOut(JsonNode order) throws Exception {
    switch (order.get("do").textValue()) {
      case "open" -> {
        before = threads();
        List<String> properties = new ArrayList<>();
        order.get("properties").properties().forEach(one -> properties.add("--" + one.getKey() + "=" + one.getValue().textValue()));
        SpringApplication application = new SpringApplication(SpringProgram.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setRegisterShutdownHook(false);
        context = application.run(properties.toArray(new String[0]));
        // Spring Boot sets up logging anew with each start.
        ROOT.addHandler(new Warnings());
        return values();
      }
      case "get" -> {
        return values();
      }
      case "close" -> {
        context.close();
        context = null;
        return Map.of("left", left());
      }
      default -> throw new IllegalArgumentException("no such order");
    }
  }

  private static Map<String, Object> values() {
    Limits limits = context == null ? null : context.getBean(Limits.class);
    Map<String, Object> values = new LinkedHashMap<>();
    if (limits == null) return values;
    values.put("value", Map.of("cap", limits.getCap(), "burst", limits.getBurst()));
    values.put("hosts", limits.getHosts());
    values.put("alias", context.getBean(Alias.class).getCap());
    values.put("fixed", context.getBean(Fixed.class).cap());
    values.put("environment", context.getEnvironment().getProperty("limits.cap"));
    values.put("origin", origin());
    values.put("versions", context.getBean(PawlImports.class).versions());
    values.put("staleFor", context.getBean(PawlImports.class).staleFor().toNanos() / 1e9);
    return values;
  }

  private static String origin() {
    for (PropertySource<?> source : context.getEnvironment().getPropertySources()) {
      if (source.getName().startsWith("pawl:") && source.containsProperty("limits.cap")) {
        return String.valueOf(OriginLookup.getOrigin(source, "limits.cap"));
      }
    }
    return "";
  }

  /** What Pawl warns of. */
  private static final class Warnings extends Handler {
    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel().intValue() < Level.WARNING.intValue() || !entry.getLoggerName().startsWith("dev.pawl")) return;
      String[] words = entry.getMessage().split(": ");
      say(Map.of("event", "error", "reason", words[1].toLowerCase(), "message", entry.getMessage()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** Until Java 21, the last thread of java.net.http ends at a garbage collection. */
  private static List<String> left() throws InterruptedException {
    List<String> left = List.of();
    for (int attempt = 0; attempt < 400; attempt++) {
      System.gc();
      Set<Thread> running = threads();
      running.removeAll(before);
      left = running.stream().map(Thread::getName).collect(Collectors.toList());
      if (left.isEmpty()) break;
      Thread.sleep(50);
    }
    return left;
  }

  /** But for those of the JVM itself, which come when they like. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getThreadGroup() != null)
        .filter(thread -> !Set.of("system", "InnocuousThreadGroup").contains(thread.getThreadGroup().getName()))
        .collect(Collectors.toSet());
  }

  private static synchronized void say(Object line) {
    try {
      OUT.println(JSON.writeValueAsString(line));
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
