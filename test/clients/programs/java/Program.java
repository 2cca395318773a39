/* test/clients/program.ts, with the Java client. */

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pawl.client.Decode;
import dev.pawl.client.LiveConfig;
import dev.pawl.client.Pace;
import dev.pawl.client.PawlClient;
import dev.pawl.client.PawlException;
import dev.pawl.client.SaveOutcome;
import dev.pawl.client.SaveRequest;
import dev.pawl.client.Snapshot;
import dev.pawl.client.WatchOptions;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

public final class Program {
  record Limits(int cap, int burst) {}

  private static final ObjectMapper JSON = new ObjectMapper();
  private static PawlClient client;
  private static LiveConfig<Limits> config;
  private static Set<Thread> before;

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      JsonNode order = JSON.readTree(line);
      Map<String, Object> answer = new LinkedHashMap<>();
      try {
        answer.putAll(carryOut(order));
      } catch (PawlException error) {
        answer.put("error", Map.of("reason", word(error.reason()), "message", error.getMessage()));
      } catch (Exception error) {
        answer.put("error", Map.of("reason", "bug", "message", error.toString()));
      }
      answer.put("id", order.get("id").intValue());
      say(answer);
    }
  }

  private static Map<String, Object> carryOut(JsonNode order) throws Exception {
    switch (order.get("do").textValue()) {
      case "open" -> {
        before = threads();
        client =
            PawlClient.to(order.get("server").textValue())
                .tokenFile(Path.of(order.get("tokenFile").textValue()))
                .caFile(Path.of(order.get("caFile").textValue()))
                .cacheFolder(Path.of(order.get("cacheFolder").textValue()))
                .pace(
                    new Pace(
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(45),
                        Duration.ofMillis(50),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(order.get("start").intValue()),
                        Duration.ofSeconds(30)))
                .connect();
        return Map.of();
      }
      case "watch" -> {
        WatchOptions<Limits> options =
            WatchOptions.<Limits>create()
                .onChange((old, now) -> say(Map.of("event", "change", "old", shown(old), "now", shown(now))))
                .onError(
                    error ->
                        say(
                            Map.of(
                                "event", "error",
                                "reason", word(error.reason()),
                                "message", error.getMessage(),
                                "version", error.version(),
                                "printed", printed(error))));
        config = client.watch(order.get("namespace").textValue(), order.get("path").textValue(), Limits.class, options);
        return current();
      }
      case "get" -> {
        Map<String, Object> answer = current();
        answer.put("staleFor", config.staleFor().toNanos() / 1e9);
        return answer;
      }
      case "decode" -> {
        return Map.of("data", Decode.decode(order.get("text").textValue(), "yaml"));
      }
      case "save" -> {
        return became(
            client.save(order.get("namespace").textValue(), order.get("path").textValue(), request(order.get("request"))));
      }
      case "close" -> {
        client.close();
        client = null;
        config = null;
        return Map.of("left", left());
      }
      default -> throw new IllegalArgumentException("no such order");
    }
  }

  private static SaveRequest request(JsonNode asked) {
    SaveRequest request = SaveRequest.of(asked.get("body_raw").textValue());
    if (asked.has("base_version")) request.baseVersion(asked.get("base_version").longValue());
    if (asked.has("confirm")) request.confirm(asked.get("confirm").textValue());
    if (asked.has("on_stale")) request.onStale(asked.get("on_stale").textValue());
    return request;
  }

  private static Map<String, Object> became(SaveOutcome outcome) {
    Map<String, Object> answer = JSON.convertValue(outcome, JSON.getTypeFactory().constructMapType(LinkedHashMap.class, String.class, Object.class));
    // The order has an id of its own.
    if (outcome instanceof SaveOutcome.NeedsApproval waiting) answer.put("approvalId", waiting.id());
    String name = outcome.getClass().getSimpleName();
    answer.put("outcome", name.replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase());
    return answer;
  }

  private static Map<String, Object> current() {
    Map<String, Object> answer = new LinkedHashMap<>(shown(config.current()));
    answer.put("source", config.source().name().toLowerCase());
    return answer;
  }

  private static Map<String, Object> shown(Snapshot<Limits> snapshot) {
    return Map.of("version", snapshot.version(), "value", snapshot.value());
  }

  private static String printed(PawlException error) {
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static String word(PawlException.Reason reason) {
    return reason.name().toLowerCase().replace('_', '-');
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
      System.out.println(JSON.writeValueAsString(line));
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
