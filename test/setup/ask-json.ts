/** One request to Pawl's API as a program sends it, on a connection of its own. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { LocalApi } from '../../local/api.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a document holds is for the test to say
export type JsonReply = { status: number; json: any };

/** A POST where there is a body and no method. @param token default: that of the client */
export interface JsonQuestion {
  readonly method?: 'PUT' | 'DELETE';
  readonly token?: string | undefined;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

export async function askJson(
  client: LocalApi['client'],
  url: string,
  asked: JsonQuestion = {},
): Promise<JsonReply> {
  const { token = client.PAWL_TOKEN, body, method = body ? 'POST' : 'GET', idempotencyKey } = asked;
  const ca = await readFile(client.PAWL_CA, 'utf8');
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  };
  return new Promise<JsonReply>((resolve, reject) => {
    const options = { method, ca, headers, agent: false };
    const asking = request(`${client.PAWL_SERVER}${url}`, options, async response => {
      let answer = '';
      for await (const chunk of response) answer += String(chunk);
      resolve({ status: response.statusCode ?? 0, json: answer === '' ? null : JSON.parse(answer) });
    });
    asking.on('error', reject);
    asking.end(body && JSON.stringify(body));
  });
}
