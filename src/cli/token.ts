import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { signingSecret } from '../auth/signing-secret.js';
import { TokenIssuer } from '../auth/token-issuer.js';
import type { Config } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import type { TokenGrant } from '../domain/token-maker.js';

const USAGE =
  'Usage: npm run token -- <user id> [--name <name>] [--device <device>] [--role <role>]... [--expires 30d]\n' +
  'Times are a number and s, m, h or d. Without --expires a token is good for 30 days.';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The token that the arguments ask for, signed with what the server checks with. Errors have texts to show. */
export async function makeToken(args: readonly string[], config: Config): Promise<string> {
  const grant = parseGrant(args);
  const secret = await signingSecret(config);
  if (!secret) {
    throw new Error(
      'Only the key of an outside issuer is configured (JWT_PUBLIC_KEY or JWT_JWKS_URI), so tokens come from there: ' +
        'none can be made here without JWT_SECRET.',
    );
  }
  return new TokenIssuer(secret, config.auth, Date).make(grant);
}

function parseGrant(args: readonly string[]): TokenGrant {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      device: { type: 'string' },
      role: { type: 'string', multiple: true },
      expires: { type: 'string', default: '30d' },
    },
  });
  const [userId, ...others] = positionals;
  if (userId === undefined || others.length > 0) throw new Error(USAGE);
  return { userId, name: values.name, device: values.device, roles: values.role, lifeMs: durationMs(values.expires) };
}

function durationMs(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined || Number(amount) === 0) throw new Error(`--expires ${text} is no time.\n${USAGE}`);
  return Number(amount) * unitMs;
}

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile();
  process.stdout.write(`${await makeToken(process.argv.slice(2), readConfig())}\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
