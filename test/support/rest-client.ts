import type { JsonObject } from './fixtures.js';

export interface RestAnswer<T = JsonObject> {
  readonly status: number;
  /** What the JSON says; null where there is no body. */
  readonly body: T;
}

/** A client of `/api` or `/admin`: one user's, by its token, or nobody's. */
export class RestClient {
  /** @param origin `http://host:port` */
  constructor(
    private readonly origin: string,
    private readonly token?: string,
    protected readonly prefix = '/api',
  ) {}

  get<T = JsonObject>(path: string): Promise<RestAnswer<T>> {
    return this.ask('GET', path);
  }

  post<T = JsonObject>(path: string, body: unknown): Promise<RestAnswer<T>> {
    return this.ask('POST', path, body);
  }

  patch<T = JsonObject>(path: string, body: unknown): Promise<RestAnswer<T>> {
    return this.ask('PATCH', path, body);
  }

  delete<T = JsonObject>(path: string): Promise<RestAnswer<T>> {
    return this.ask('DELETE', path);
  }

  /** @param path below the prefix, with its slash and its query */
  async ask<T = JsonObject>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RestAnswer<T>> {
    const answer = await fetch(`${this.origin}${this.prefix}${path}`, {
      method,
      headers: {
        ...headers,
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T };
  }
}
