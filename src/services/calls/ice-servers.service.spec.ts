import { readConfig } from '../../config/read-config.js';
import { IceServersService } from './ice-servers.service.js';

const NOW = 1_700_000_000_900;

function serversOf(env: Readonly<Record<string, string>>): unknown {
  return new IceServersService(readConfig(env), { now: () => NOW }).of('User1');
}

describe('IceServersService', () => {
  it('has none where none is configured', () => {
    expect(serversOf({})).toEqual({ iceServers: [] });
  });

  it('gives the user credentials for those that need them, good for a time', () => {
    const TURN_URLS = 'stun:a.example:3478, turn:b.example?transport=tcp, turns:c.example, stuns:d.example';
    expect(serversOf({ TURN_URLS, TURN_SECRET: 'north', TURN_TTL_S: '600' })).toEqual({
      iceServers: [
        { urls: ['stun:a.example:3478', 'stuns:d.example'] },
        {
          urls: ['turn:b.example?transport=tcp', 'turns:c.example'],
          username: '1700000600:User1',
          // printf '1700000600:User1' | openssl dgst -sha1 -hmac north -binary | base64
          credential: 'gCvMVFgb3g7fwyWoUXSBTBtXPV0=',
        },
      ],
      expiresAt: 1_700_000_600_000,
    });
  });

  it('makes none where only STUN is configured', () => {
    expect(serversOf({ TURN_URLS: 'stun:a.example', TURN_SECRET: 'north' })).toEqual({
      iceServers: [{ urls: ['stun:a.example'] }],
    });
  });

  it('names no STUN where only TURN is configured', () => {
    expect(serversOf({ TURN_URLS: 'turn:b.example', TURN_SECRET: 'north' })).toMatchObject({
      iceServers: [{ urls: ['turn:b.example'] }],
    });
  });
});
