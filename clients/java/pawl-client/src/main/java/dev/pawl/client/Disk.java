package dev.pawl.client;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The last good texts in a folder, a file each. Invariant: a file is whole, because it appears by a rename; only its owner may
 * read it; and its time is that of the server's last confirmation.
 */
final class Disk {
  private static final ObjectMapper JSON = new ObjectMapper();

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Kept(
      String server,
      String namespace,
      String path,
      String format,
      long version,
      @JsonProperty("content_sha256") String contentSha256,
      @JsonProperty("body_raw") String bodyRaw) {}

  record Found(Kept kept, Duration age) {}

  private final Path folder;
  private final String server;

  Disk(Path folder, String server) {
    this.folder = folder;
    this.server = server;
  }

  /** Null where there is no file, or one that is not whole. */
  Found read(String namespace, String path) throws IOException {
    Path file = fileOf(namespace, path);
    try {
      if (Files.size(file) > Caller.MAX_ANSWER) return null;
      Kept kept = JSON.readValue(Files.readString(file), Kept.class);
      if (kept == null) return null;
      boolean isOurs =
          server.equals(kept.server()) && namespace.equals(kept.namespace()) && path.equals(kept.path());
      if (!isOurs || kept.bodyRaw() == null || !sha256(kept.bodyRaw()).equals(kept.contentSha256())) return null;
      Duration age = Duration.between(Files.getLastModifiedTime(file).toInstant(), Instant.now());
      return new Found(kept, age.isNegative() ? Duration.ZERO : age);
    } catch (NoSuchFileException | CharacterCodingException | JsonProcessingException none) {
      return null;
    }
  }

  void write(Kept kept) throws IOException {
    Files.createDirectories(folder);
    // Mode 0600.
    Path temporary = Files.createTempFile(folder, "pawl-", ".new");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap((JSON.writeValueAsString(kept) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) channel.write(bytes);
        channel.force(true);
      }
      Files.move(temporary, fileOf(kept.namespace(), kept.path()), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** The server has confirmed it just now. */
  void touch(String namespace, String path) throws IOException {
    Files.setLastModifiedTime(fileOf(namespace, path), FileTime.from(Instant.now()));
  }

  /** The same in every language, so that a program can be written anew. */
  private Path fileOf(String namespace, String path) {
    return folder.resolve("pawl-" + sha256(namespace + "/" + path).substring(0, 32) + ".json");
  }

  private static String sha256(String text) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
