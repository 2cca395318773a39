package dev.pawl.client;

/**
 * Makes a value of a text, or throws. Of what it throws only the class is told, for the message may quote the text; a {@link
 * PawlException#invalid} is told in its own words.
 */
@FunctionalInterface
public interface Parser<T> {
  /**
   * @param format as Pawl has it: yaml, json, properties, …
   */
  T parse(String text, String format) throws Exception;
}
