import type { TopicPermissions } from './principal.js';

/** What a token is to say. */
export interface TokenGrant {
  readonly userId: string;
  readonly name?: string;
  readonly device?: string;
  readonly roles?: readonly string[];
  readonly topics?: TopicPermissions;
  /** Of the user's tokens, so that a later revoking tells this one from those that follow; absent, `iat` alone counts. */
  readonly version?: number;
  /** How long the token is good; whole seconds count. */
  readonly lifeMs: number;
}

/** Makes tokens that this server accepts. Auth's, for whoever gives tokens away. */
export abstract class TokenMaker {
  /** Whether this server has a secret to sign with; else tokens are an outside issuer's affair, and `make` must not be called. */
  abstract readonly isHere: boolean;

  /** @throws UnauthorizedError for a grant that the server would not accept */
  abstract make(grant: TokenGrant): string;
}
