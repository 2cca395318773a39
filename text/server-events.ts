/**
 * Server-sent events out of chunks of bytes, as the HTML standard reads them. Invariant: what is kept of an event that has
 * not ended yet has a bound.
 */

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** As far as the stream has come; empty before the first id. */
  readonly id: string;
}

/** In letters. An event of Pawl's has a few hundred. */
const maxEvent = 1 << 20;

/** Throws RangeError where one event is too long. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  let id = '';
  let held = 0;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      held += line.length;
      if (line === '') {
        if (data.length > 0 || event !== '') yield { event: event || 'message', data: data.join('\n'), id };
        event = '';
        data = [];
        held = 0;
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id' && !value.includes('\0')) id = value;
    }
    if (held + rest.length > maxEvent) throw new RangeError('an event of the stream is too long');
  }
}
