'use strict';

// Makes the Secret `parlance`, unless there is one: the pods that want it wait until it is there. In one piece, as passwords of two
// attempts would not fit together. The right to make Secrets is all that this has; it can read none.
const { randomBytes } = require('node:crypto');
const { readFileSync } = require('node:fs');

const { fetch } = globalThis;
const account = process.env.ACCOUNT_DIR ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const api = process.env.API_URL ?? 'https://kubernetes.default.svc';

/** Begins with a letter, as NATS would take it for a number else, and means nothing in an address. */
function password() {
  return `p${randomBytes(24).toString('hex')}`;
}

function secrets() {
  const postgres = password();
  return {
    DATABASE_URL: `postgresql://parlance:${postgres}@postgres:5432/parlance`,
    POSTGRES_PASSWORD: postgres,
    JWT_SECRET: randomBytes(48).toString('base64'),
    NATS_USER: 'parlance',
    NATS_PASSWORD: password(),
  };
}

async function main() {
  const namespace = readFileSync(`${account}/namespace`, 'utf8').trim();
  const { status } = await fetch(`${api}/api/v1/namespaces/${namespace}/secrets`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8').trim()}`,
    },
    body: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'parlance', labels: { 'app.kubernetes.io/part-of': 'parlance' } },
      stringData: secrets(),
    }),
  });
  if (status !== 201 && status !== 409) throw new Error(`the API server answered ${status}`);
  process.stdout.write(status === 201 ? 'the secrets are made\n' : 'there are secrets already\n');
}

main().catch((error) => {
  process.stderr.write(`${error.message}${error.cause ? `: ${error.cause.message}` : ''}\n`);
  process.exitCode = 1;
});
