import { createHmac } from 'node:crypto';
import { TestServer } from '../support/parlance.js';

const TURN = {
  TURN_URLS: 'stun:turn.example.com:3478,turn:turn.example.com:3478?transport=udp,turns:turn.example.com:5349',
  TURN_SECRET: 'north wind',
  TURN_TTL_S: '600',
};

interface IceServers {
  readonly iceServers: readonly { readonly urls: string[]; readonly username?: string; readonly credential?: string }[];
  readonly expiresAt?: number;
}

async function askedOf(env: Record<string, string>, userId?: string) {
  const server = await TestServer.start(env);
  const answer = await server.rest(userId).get<IceServers>('/ice-servers');
  await server.stop();
  return answer;
}

describe('GET /api/ice-servers', () => {
  it('gives the STUN and TURN servers, with credentials that they can check', async () => {
    const before = Date.now();
    const { status, body } = await askedOf(TURN, 'User1');
    expect(status).toBe(200);
    const { expiresAt = 0, iceServers } = body;
    const username = `${expiresAt / 1_000}:User1`;
    const credential = createHmac('sha1', TURN.TURN_SECRET).update(username).digest('base64');

    expect(iceServers).toStrictEqual([
      { urls: ['stun:turn.example.com:3478'] },
      {
        urls: ['turn:turn.example.com:3478?transport=udp', 'turns:turn.example.com:5349'],
        ...{ username, credential },
      },
    ]);
    expect(expiresAt).toBeGreaterThan(before + 598_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 600_000);
  });

  it('gives none where none is configured', async () => {
    expect(await askedOf({}, 'User1')).toStrictEqual({ status: 200, body: { iceServers: [] } });
  });

  it('needs a token', async () => {
    expect(await askedOf(TURN)).toMatchObject({ status: 401, body: { code: 401 } });
  });
});
