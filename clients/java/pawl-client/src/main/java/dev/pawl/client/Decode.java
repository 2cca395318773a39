package dev.pawl.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** From the text of a config to data: maps, lists, strings, numbers, booleans and null. */
public final class Decode {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Decode() {}

  /**
   * YAML is read by the core schema of YAML 1.2, as Pawl reads it: {@code no} is a word, {@code 012} is twelve, a date is a
   * string.
   *
   * @throws Exception where the text is not valid, or the format is neither yaml nor json
   */
  public static Object decode(String text, String format) throws Exception {
    if (format.equals("json")) return JSON.readValue(text, Object.class);
    if (!format.equals("yaml")) {
      throw new IllegalArgumentException("the format " + format + " needs a Parser of your own");
    }
    LoadSettings settings =
        LoadSettings.builder().setSchema(new CoreSchema()).setMaxAliasesForCollections(10_000).setCodePointLimit(Caller.MAX_ANSWER).build();
    List<Object> documents = new ArrayList<>();
    new Load(settings).loadAllFromString(text).forEach(documents::add);
    if (documents.size() == 1) return documents.get(0);
    return documents.isEmpty() ? null : documents;
  }
}
