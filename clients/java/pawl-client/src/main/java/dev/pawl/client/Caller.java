package dev.pawl.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pawl.client.PawlException.Reason;
import dev.pawl.client.shapes.ConfigRead;
import dev.pawl.client.shapes.Problem;
import dev.pawl.client.shapes.Version;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Requests to Pawl, with a token and an end in time. Invariant: what is thrown is a PawlException, and one that is UNAVAILABLE may
 * be tried again; after {@link #close()} every call, also one under way, ends with CLOSED.
 */
final class Caller {
  /** Larger than any text that Pawl keeps, as JSON. */
  static final int MAX_ANSWER = 16 << 20;

  static final ObjectMapper JSON = new ObjectMapper();

  record Request(String method, String path, Map<String, String> headers, String body) {}

  record Answer(int status, HttpResponse<?> response, byte[] text) {}

  private record Trust(HttpClient http, String authority) {}

  private final String server;
  private final Callable<String> token;
  private final Path caFile;
  final Pace pace;
  private final ExecutorService workers;
  private final CountDownLatch ended = new CountDownLatch(1);
  /** What is under way, to be ended by close(). */
  private final Set<Runnable> underWay = ConcurrentHashMap.newKeySet();

  private Trust trust;

  Caller(String server, Callable<String> token, Path caFile, Pace pace) {
    this.server = server;
    this.token = token;
    this.caFile = caFile;
    this.pace = pace;
    this.workers =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "pawl-http");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** The whole answer, also of a request that is refused. */
  Answer call(Request request) {
    return failing(
        () -> {
          long end = System.nanoTime() + pace.request().toNanos();
          HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = send(request, end);
          return new Answer(response.statusCode(), response, whole(response, end));
        });
  }

  /** Null: the latest still is the one known. */
  ConfigRead read(String namespace, String path, String query, long known) {
    Map<String, String> headers =
        known > 0
            ? Map.of("Accept", "application/json", "If-None-Match", "\"" + known + "\"")
            : Map.of("Accept", "application/json");
    Answer answer = call(new Request("GET", pathOf("configs", namespace, path) + query, headers, null));
    if (answer.status() == 304 && known > 0) return null;
    if (answer.status() != 200) throw refusal(answer);
    ConfigRead read = shape(answer, ConfigRead.class);
    Version found = read.latest() == null ? read.version() : read.latest();
    if (read.config() != null && found != null && found.bodyRaw() != null) return read;
    throw PawlException.of(Reason.UNAVAILABLE, "the answer has no version; is this Pawl?", null);
  }

  /** A stream of events. */
  Body stream(String path, String lastEventId) {
    Map<String, String> headers =
        lastEventId.isEmpty()
            ? Map.of("Accept", "text/event-stream")
            : Map.of("Accept", "text/event-stream", "Last-Event-ID", lastEventId);
    return failing(
        () -> {
          long end = System.nanoTime() + pace.request().toNanos();
          HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = send(new Request("GET", path, headers, null), end);
          if (response.statusCode() != 200) {
            throw refusal(new Answer(response.statusCode(), response, whole(response, end)));
          }
          return new Body(response.body());
        });
  }

  /** Null at the end. */
  byte[] next(Body body) {
    return failing(() -> whileOpen(body::close, () -> body.next(pace.idle().toMillis())));
  }

  /** False: the client was closed, or the thread interrupted. */
  boolean slept(Duration time) {
    try {
      return !ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean isClosed() {
    return ended.getCount() == 0;
  }

  /** Ends what is under way. Nothing is begun afterwards. */
  void close() {
    ended.countDown();
    underWay.forEach(Runnable::run);
    Trust last;
    synchronized (this) {
      last = trust;
      trust = null;
    }
    if (last != null) shutDown(last.http());
    workers.shutdownNow();
  }

  /** From Java 21 on. Before, its last thread, a daemon, ends at the next garbage collection. */
  private static void shutDown(HttpClient http) {
    try {
      HttpClient.class.getMethod("shutdownNow").invoke(http);
    } catch (NoSuchMethodException before21) {
      // There is nothing to call.
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private <T> T whileOpen(Runnable end, Callable<T> work) throws Exception {
    underWay.add(end);
    try {
      if (isClosed()) end.run();
      return work.call();
    } finally {
      underWay.remove(end);
    }
  }

  /** With the token of now; once more where it was changed while the old one was on its way. */
  private HttpResponse<Flow.Publisher<List<ByteBuffer>>> send(Request request, long end) throws Exception {
    String now = readToken();
    HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = sendAs(now, request, end);
    if (response.statusCode() != 401) return response;
    String again = readToken();
    if (again.equals(now)) return response;
    new Body(response.body()).close();
    return sendAs(again, request, end);
  }

  private HttpResponse<Flow.Publisher<List<ByteBuffer>>> sendAs(String token, Request request, long end)
      throws Exception {
    HttpRequest.BodyPublisher body =
        request.body() == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(request.body());
    HttpRequest.Builder asked =
        HttpRequest.newBuilder(URI.create(server + request.path()))
            .method(request.method(), body)
            .setHeader("Authorization", "Bearer " + token);
    request.headers().forEach(asked::setHeader);
    CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> answering =
        connected().sendAsync(asked.build(), HttpResponse.BodyHandlers.ofPublisher());
    try {
      return whileOpen(() -> answering.cancel(true), () -> answering.get(millisUntil(end), TimeUnit.MILLISECONDS));
    } finally {
      answering.cancel(true);
    }
  }

  private String readToken() {
    String now;
    try {
      now = token.call().strip();
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
      throw closed(cause);
    } catch (Exception cause) {
      throw PawlException.of(Reason.TOKEN, "the token cannot be read: " + cause, cause);
    }
    // What java.net.http throws of such a header quotes the token.
    if (!now.isEmpty() && now.chars().allMatch(one -> one > ' ' && one < 127)) return now;
    throw PawlException.of(Reason.TOKEN, "the token has a character that no token has, such as a space, or is empty", null);
  }

  /** Trusts the authority that is in the file now. */
  private synchronized HttpClient connected() throws IOException, GeneralSecurityException {
    if (isClosed()) throw closed(null);
    String authority = caFile == null ? "" : Files.readString(caFile);
    if (trust != null && trust.authority().equals(authority)) return trust.http();
    HttpClient.Builder http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(pace.request())
            .executor(workers);
    if (caFile != null) http.sslContext(trusting(authority));
    trust = new Trust(http.build(), authority);
    return trust.http();
  }

  private static SSLContext trusting(String pem) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int count = 0;
    try (InputStream text = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII))) {
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(text)) {
        store.setCertificateEntry("ca-" + count++, one);
      }
    }
    TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  private static long millisUntil(long end) {
    return Math.max(0, (end - System.nanoTime()) / 1_000_000);
  }

  private byte[] whole(HttpResponse<Flow.Publisher<List<ByteBuffer>>> response, long end) throws Exception {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (Body body = new Body(response.body())) {
      for (byte[] piece; (piece = whileOpen(body::close, () -> body.next(millisUntil(end)))) != null; ) {
        text.writeBytes(piece);
        if (text.size() > MAX_ANSWER) throw new IOException("the answer is too large");
      }
    }
    return text.toByteArray();
  }

  static <T> T shape(Answer answer, Class<T> type) {
    try {
      T read = JSON.readValue(answer.text(), type);
      if (read != null) return read;
    } catch (IOException notRead) {
      // Its message may quote the answer, and so a config.
    }
    throw PawlException.of(Reason.UNAVAILABLE, "the answer is not JSON of Pawl's; is this Pawl?", null);
  }

  /** Of an answer that is not the one hoped for. */
  static PawlException refusal(Answer answer) {
    int status = answer.status();
    Problem problem = problemIn(answer.text());
    String message = problem == null ? "the answer's status is " + status : problem.detail();
    boolean isPassing = status < 400 || status >= 500 || status == 408 || status == 425 || status == 429;
    if (problem != null && !isPassing) {
      return PawlException.answered(Reason.REFUSED, message, problem, Duration.ZERO);
    }
    String after = answer.response().headers().firstValue("Retry-After").orElse("");
    long seconds = after.matches("[0-9]{1,6}") ? Long.parseLong(after) : 0;
    return PawlException.answered(Reason.UNAVAILABLE, message, problem, Duration.ofSeconds(seconds));
  }

  /** Null: this was not written by Pawl, but by something in between. */
  private static Problem problemIn(byte[] text) {
    try {
      Problem read = JSON.readValue(text, Problem.class);
      return read == null || read.reason() == null ? null : read;
    } catch (IOException other) {
      return null;
    }
  }

  static String json(Object shape) {
    try {
      return JSON.writeValueAsString(shape);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static String pathOf(String root, String namespace, String path) {
    String rest =
        Arrays.stream(path.split("/", -1))
            .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
            .collect(Collectors.joining("/"));
    return "/" + root + "/" + URLEncoder.encode(namespace, StandardCharsets.UTF_8) + "/" + rest;
  }

  private <T> T failing(Callable<T> work) {
    try {
      return work.call();
    } catch (PawlException ours) {
      throw isClosed() ? closed(ours) : ours;
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
      throw closed(cause);
    } catch (TimeoutException cause) {
      if (isClosed()) throw closed(cause);
      throw PawlException.of(Reason.UNAVAILABLE, "no answer in time", cause);
    } catch (ExecutionException wrapped) {
      Throwable cause = wrapped.getCause();
      if (isClosed()) throw closed(cause);
      throw PawlException.of(Reason.UNAVAILABLE, "no answer: " + cause, cause);
    } catch (Exception cause) {
      if (isClosed()) throw closed(cause);
      throw PawlException.of(Reason.UNAVAILABLE, "no answer: " + cause, cause);
    }
  }

  private static PawlException closed(Throwable cause) {
    return PawlException.of(Reason.CLOSED, "the client was closed, or the thread was interrupted", cause);
  }
}
