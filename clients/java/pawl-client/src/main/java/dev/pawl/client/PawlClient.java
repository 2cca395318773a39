package dev.pawl.client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pawl.client.PawlException.Reason;
import dev.pawl.client.shapes.ApprovalRead;
import dev.pawl.client.shapes.ConfigRead;
import dev.pawl.client.shapes.Problem;
import dev.pawl.client.shapes.SavedConfig;
import dev.pawl.client.shapes.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/** Reads, follows and saves configs of one server. After {@link #close()} nothing of it runs. */
public final class PawlClient implements AutoCloseable {
  private static final ObjectMapper USUAL =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT);

  private final Caller caller;
  private final Disk disk;
  private final String server;
  private final ObjectMapper mapper;
  private final Set<LiveConfig<?>> configs = ConcurrentHashMap.newKeySet();

  private PawlClient(Builder options) {
    server = options.server;
    caller = new Caller(server, options.token, options.caFile, options.pace);
    disk = options.cacheFolder == null ? null : new Disk(options.cacheFolder, server);
    mapper = options.mapper;
  }

  /**
   * @param server such as {@code https://pawl.pawl.svc:8443}
   */
  public static Builder to(String server) {
    return new Builder(server);
  }

  /** Where the server is, and as whom to speak to it. */
  public static final class Builder {
    private final String server;
    private Callable<String> token;
    private Path caFile;
    private Path cacheFolder;
    private Pace pace = Pace.USUAL;
    private ObjectMapper mapper = USUAL;

    private Builder(String server) {
      if (!server.startsWith("https://")) {
        throw new IllegalArgumentException(
            "the server " + server + " is not an https:// URL: Pawl is never served without TLS");
      }
      this.server = server.replaceAll("/+$", "");
    }

    /**
     * The projected token of a service account, for Pawl's audience. Read for each request, so a token that was rotated is used
     * at once.
     */
    public Builder tokenFile(Path file) {
      token = () -> Files.readString(file);
      return this;
    }

    /** Asked for each request, instead of a file. */
    public Builder token(Callable<String> token) {
      this.token = token;
      return this;
    }

    /** The authority to trust, PEM. Default: those that Java trusts. */
    public Builder caFile(Path file) {
      caFile = file;
      return this;
    }

    /** Where last good values are kept, files that only their owner may read. Default: nowhere. */
    public Builder cacheFolder(Path folder) {
      cacheFolder = folder;
      return this;
    }

    public Builder pace(Pace pace) {
      this.pace = pace;
      return this;
    }

    /** Makes values of data, such as one with modules for Kotlin or Scala. Default: one that ignores what it does not know. */
    public Builder mapper(ObjectMapper mapper) {
      this.mapper = mapper;
      return this;
    }

    /** It does not speak to the server yet. */
    public PawlClient connect() {
      if (token == null) throw new IllegalStateException("connect() needs a tokenFile or a token");
      return new PawlClient(this);
    }
  }

  /**
   * Follows a config: waits for its value, from the server or, where that is away, the last good one from disk, and keeps it up to
   * date until it is closed. YAML and JSON become a {@code T} by Jackson.
   *
   * @throws PawlException where there is no value
   */
  public <T> LiveConfig<T> watch(String namespace, String path, Class<T> type, WatchOptions<T> options) {
    return watch(namespace, path, (text, format) -> mapper.convertValue(Decode.decode(text, format), type), options);
  }

  /** The same, without callbacks. */
  public <T> LiveConfig<T> watch(String namespace, String path, Class<T> type) {
    return watch(namespace, path, type, WatchOptions.create());
  }

  /** The same, with a parser of your own, for any format. */
  public <T> LiveConfig<T> watch(String namespace, String path, Parser<T> parser, WatchOptions<T> options) {
    LiveConfig.Around around = new LiveConfig.Around(caller, disk, server, configs::remove);
    LiveConfig<T> config = new LiveConfig<>(around, namespace, path, parser, options);
    config.start();
    configs.add(config);
    // close() may not have seen it.
    if (caller.isClosed()) config.close();
    return config;
  }

  /**
   * The latest version with its text.
   *
   * @throws PawlException where there is none
   */
  public Version read(String namespace, String path) {
    return found(caller.read(namespace, path, "", 0));
  }

  /** The version with this number. */
  public Version read(String namespace, String path, long version) {
    return found(caller.read(namespace, path, "?version=" + version, 0));
  }

  private static Version found(ConfigRead read) {
    return read.latest() == null ? read.version() : read.latest();
  }

  /**
   * Saves a text. Repeats the request where no answer comes, under one Idempotency-Key, so that it is saved once.
   *
   * @throws PawlException where no answer comes at all
   */
  public SaveOutcome save(String namespace, String path, SaveRequest request) {
    String key = request.idempotencyKey == null ? UUID.randomUUID().toString() : request.idempotencyKey;
    Map<String, String> headers = new HashMap<>();
    headers.put("Accept", "application/json");
    headers.put("Content-Type", "application/json");
    headers.put("Idempotency-Key", key);
    if (request.overwrite) headers.put("If-Match", "*");
    String body = Caller.json(request.shape());
    Caller.Request sent = new Caller.Request("PUT", Caller.pathOf("configs", namespace, path), headers, body);
    long end = System.nanoTime() + caller.pace.save().toNanos();
    boolean isDoubtful = false;
    for (int failures = 0; ; failures++) {
      try {
        return outcome(caller.call(sent));
      } catch (PawlException error) {
        isDoubtful = isDoubtful || mayBeDone(error);
        Duration wait = caller.pace.backOff(failures, error.retryAfter());
        boolean goesOn = error.reason() == Reason.UNAVAILABLE && System.nanoTime() + wait.toNanos() < end;
        if (!goesOn || !caller.slept(wait)) throw isDoubtful ? PawlException.unknown(error, key) : error;
      }
    }
  }

  /** Anything but a clear answer that nothing was begun. */
  private static boolean mayBeDone(PawlException error) {
    if (error.reason() == Reason.TOKEN || error.reason() == Reason.REFUSED) return false;
    return error.problem().isEmpty() || error.isProblem("OutcomeUnknown") || error.isProblem("Internal");
  }

  private static SaveOutcome outcome(Caller.Answer answer) {
    if (answer.status() == 202) {
      ApprovalRead kept = Caller.shape(answer, ApprovalRead.class);
      return new SaveOutcome.NeedsApproval(kept.id(), kept.needed());
    }
    if (answer.status() != 200 && answer.status() != 201) {
      PawlException error = Caller.refusal(answer);
      if (error.reason() != Reason.REFUSED) throw error;
      return refused(error.problem().orElseThrow());
    }
    SavedConfig saved = Caller.shape(answer, SavedConfig.class);
    long version = saved.latest().version();
    String text = saved.latest().bodyRaw();
    return switch (saved.result()) {
      case "unchanged" -> new SaveOutcome.Unchanged(version, text, saved.result());
      case "merged", "confirmed" -> new SaveOutcome.Merged(version, text, saved.result());
      default -> new SaveOutcome.Saved(version, text, saved.result());
    };
  }

  private static SaveOutcome refused(Problem problem) {
    long current = problem.currentVersion() == null ? 0 : problem.currentVersion();
    String author = problem.currentAuthor();
    if (problem.reason().equals("ConfirmationRequired") && problem.token() != null) {
      return new SaveOutcome.NeedsConfirmation(
          problem.token(), problem.merged(), problem.mergedDiff(), current, author, problem.diff());
    }
    if (problem.reason().equals("VersionConflict")) {
      return new SaveOutcome.Conflict(
          problem.places() == null ? List.of() : problem.places(), problem.marked(), current, author, problem.diff());
    }
    return new SaveOutcome.Refused(problem.reason(), problem.detail(), problem);
  }

  /** Ends every watch and every connection. */
  @Override
  public void close() {
    caller.close();
    for (LiveConfig<?> config : configs) config.close();
  }
}
