import type { JsonObject } from './fixtures.js';
import { OpenApi } from './openapi.js';
import type { TestServer } from './parlance.js';
import { type RestAnswer, RestClient } from './rest-client.js';
import { signToken } from './tokens.js';

/** A client that fails where an answer is not as the server's own document describes it. */
export class DocumentedRestClient extends RestClient {
  constructor(
    origin: string,
    private readonly api: OpenApi,
    token?: string,
  ) {
    super(origin, token);
  }

  override async ask<T = JsonObject>(method: string, path: string, body?: unknown): Promise<RestAnswer<T>> {
    const answer = await super.ask<T>(method, path, body);
    const fault = this.api.faultIn(method, `/api${path}`, answer.status, answer.body);
    if (fault === undefined) return answer;
    throw new Error(`${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}: ${fault}`);
  }
}

/** Makes such clients of one server. */
export class DocumentedRest {
  private constructor(
    private readonly origin: string,
    readonly api: OpenApi,
  ) {}

  static async over({ httpOrigin }: TestServer): Promise<DocumentedRest> {
    return new DocumentedRest(httpOrigin, await OpenApi.of(httpOrigin));
  }

  /** Asks as `userId`, or as nobody. */
  as(userId?: string, claims: Record<string, unknown> = {}): DocumentedRestClient {
    const token = userId === undefined ? undefined : signToken({ sub: userId, ...claims });
    return new DocumentedRestClient(this.origin, this.api, token);
  }
}
