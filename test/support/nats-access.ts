import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const ANYTHING = { subs: -1, data: -1, payload: -1 };

export interface Operated {
  /** Lines of the NATS server's configuration. */
  readonly settings: string;
  /** What its operator hands to a client. */
  readonly credsFile: string;
}

/** A NATS server whose users are known by what an operator has signed. @param folder where the credentials are put */
export function operated(folder: string): Operated {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const operatorJwt = signed(operator, operator, { type: 'operator' });
  const limits = { ...ANYTHING, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
  const accountJwt = signed(operator, account, { type: 'account', limits });
  const userJwt = signed(account, user, { type: 'user', ...ANYTHING });
  const credsFile = join(folder, 'parlance.creds');
  writeFileSync(credsFile, credentials(userJwt, Buffer.from(user.getSeed()).toString()));
  const settings = `operator: ${operatorJwt}
    resolver: MEMORY
    resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`;
  return { settings, credsFile };
}

/** As NATS wants it: `ed25519-nkey` signs the text of both parts. */
function signed(by: KeyPair, subject: KeyPair, nats: object): string {
  const claims = {
    ...{ jti: subject.getPublicKey(), iat: 1_700_000_000, iss: by.getPublicKey(), name: 'parlance' },
    ...{ sub: subject.getPublicKey(), nats: { version: 2, ...nats } },
  };
  const text = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims].map(base64url).join('.');
  return `${text}.${Buffer.from(by.sign(Buffer.from(text))).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function credentials(jwt: string, seed: string): string {
  return `-----BEGIN NATS USER JWT-----
${jwt}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`;
}
