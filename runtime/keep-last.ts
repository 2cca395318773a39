/** Maps that remember only so many: a bound where keys come from outside. */

/** Sets a key as the newest; of more than `most`, the one that was set longest ago is forgotten. */
export function keepLast<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
