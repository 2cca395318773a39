package dev.pawl.spring;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.pawl.client.Decode;
import dev.pawl.client.PawlException;
import java.io.StringReader;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * From a text to properties, named as Spring Boot names those of its own files: {@code limits.cap}, {@code hosts[0]}. Values are
 * read as Pawl reads them. Invariant: bounded, for aliases of YAML can stand for more than fits in memory.
 */
final class Texts {
  private static final int MAX_PROPERTIES = 100_000;
  private static final int MAX_DEPTH = 100;

  private static final ObjectMapper JSONC =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS, JsonReadFeature.ALLOW_TRAILING_COMMA).build();
  private static final ObjectMapper TOML = new TomlMapper();

  private final Map<String, Object> found = new LinkedHashMap<>();

  private Texts() {}

  static Map<String, Object> properties(String text, String format) throws Exception {
    Texts texts = new Texts();
    if (format.equals("properties")) {
      Properties properties = new Properties();
      properties.load(new StringReader(text));
      for (String name : properties.stringPropertyNames()) texts.put(name, properties.getProperty(name));
    } else {
      texts.root(data(text, format));
    }
    return Collections.unmodifiableMap(texts.found);
  }

  private static Object data(String text, String format) throws Exception {
    return switch (format) {
      case "yaml", "json" -> Decode.decode(text, format);
      case "jsonc" -> JSONC.readValue(text, Object.class);
      case "toml" -> TOML.readValue(text, Object.class);
      default -> throw PawlException.invalid("the format " + format + " does not become properties of Spring");
    };
  }

  private void root(Object data) {
    if (data == null) return;
    // Spring would let a profile choose among them, once; a version that comes later could not.
    if (data instanceof List<?>) {
      throw PawlException.invalid("it is a list, or several YAML documents; properties need one mapping");
    }
    if (!(data instanceof Map<?, ?> map)) throw PawlException.invalid("it is not a mapping, and properties need names");
    mapping("", map, 0);
  }

  private void mapping(String path, Map<?, ?> map, int depth) {
    if (map.isEmpty() && !path.isEmpty()) put(path, "");
    map.forEach(
        (key, value) -> {
          String name = key instanceof String word ? word : "[" + key + "]";
          add(path.isEmpty() || name.startsWith("[") ? path + name : path + "." + name, value, depth);
        });
  }

  private void add(String name, Object value, int depth) {
    if (depth >= MAX_DEPTH) throw PawlException.invalid("it is nested deeper than " + MAX_DEPTH);
    if (value instanceof Map<?, ?> map) {
      mapping(name, map, depth + 1);
    } else if (value instanceof List<?> list) {
      if (list.isEmpty()) put(name, "");
      for (int index = 0; index < list.size(); index++) add(name + "[" + index + "]", list.get(index), depth + 1);
    } else {
      put(name, value == null ? "" : value);
    }
  }

  private void put(String name, Object value) {
    if (found.size() >= MAX_PROPERTIES) throw PawlException.invalid("it has more than " + MAX_PROPERTIES + " properties");
    found.put(name, value);
  }
}
