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
    prefix?: string,
  ) {
    super(origin, token, prefix);
  }

  override async ask<T = JsonObject>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RestAnswer<T>> {
    const answer = await super.ask<T>(method, path, body, headers);
    const fault = this.api.faultIn(method, `${this.prefix}${path}`, answer.status, answer.body);
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

  /** Asks below `/admin`, as an operator. */
  asOperator(userId = 'Operator', claims: Record<string, unknown> = { roles: ['admin'] }): DocumentedRestClient {
    return new DocumentedRestClient(this.origin, this.api, signToken({ sub: userId, ...claims }), '/admin');
  }
}
