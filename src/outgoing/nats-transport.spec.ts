import { eventually } from '../../test/support/eventually.js';
import { natsDescribe } from '../../test/support/nats-describe.js';
import { NatsServer } from '../../test/support/nats-server.js';
import { SilentServer } from '../../test/support/silent-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Envelope } from './event-transport.js';
import { NatsTransport } from './nats-transport.js';

const EVENT: Envelope = { id: '1', type: 'user.joined', json: '{}', attempts: 0 };

/** Longer than anything here takes. */
const NEVER_MS = 60_000;

describe('NatsTransport', () => {
  let silent: SilentServer;

  beforeEach(async () => {
    silent = await SilentServer.start();
  });
  afterEach(() => silent.stop());

  const transportOf = (timeoutMs: number): NatsTransport =>
    new NatsTransport({ url: silent.url, prefix: 'parlance.events' }, timeoutMs);

  describe('deliver', () => {
    it('keeps no socket of an attempt to connect that took too long', async () => {
      const transport = transportOf(50);
      for (const attempt of [1, 2]) {
        await expect(transport.deliver([EVENT])).rejects.toThrow();
        await silent.isLeft();
        expect(silent.accepted).toBe(attempt);
      }
      await transport.close();
    });
  });

  describe('close', () => {
    it('ends an attempt to connect at once', async () => {
      const transport = transportOf(NEVER_MS);
      const delivered = transport.deliver([EVENT]);
      await silent.isDialled();
      await Promise.all([expect(delivered).rejects.toThrow(), transport.close()]);
      await silent.isLeft();
    });
  });
});

natsDescribe('NatsTransport over a NATS server that stalls', () => {
  let nats: NatsServer;
  let proxy: TcpProxy;

  beforeEach(async () => {
    nats = await NatsServer.start('http: "127.0.0.1:-1"');
    proxy = await TcpProxy.start(nats.url);
  });
  afterEach(async () => {
    await proxy.stop();
    await nats.stop();
  });

  const connections = async (): Promise<number[]> => {
    const answer = await fetch(new URL('/connz', nats.monitoringUrl));
    return ((await answer.json()) as { connections: { cid: number }[] }).connections.map(({ cid }) => cid);
  };

  it('leaves a connection that does not answer in time', async () => {
    const transport = new NatsTransport({ url: proxy.through(nats.url), prefix: 'parlance.events' }, 500);
    expect(await transport.deliver([EVENT])).toEqual([]);
    const [first] = await connections();
    proxy.stall();
    await expect(transport.deliver([EVENT])).rejects.toThrow('no answer');
    proxy.restore();
    expect(await transport.deliver([EVENT])).toEqual([]);
    await eventually(async () => {
      const [now, ...more] = await connections();
      return more.length === 0 && now !== first ? true : undefined;
    }, 'another connection alone');
    await transport.close();
  });
});
