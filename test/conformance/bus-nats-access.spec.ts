import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '../support/eventually.js';
import { operated } from '../support/nats-access.js';
import { NatsBuses, type TestBus } from '../support/nats-buses.js';
import { natsDescribe } from '../support/nats-describe.js';
import { NatsServer } from '../support/nats-server.js';

const tls = (file: string): string => join(__dirname, '..', 'fixtures', 'tls', file);

natsDescribe('the bus over a NATS server', () => {
  const buses = new NatsBuses();
  let nats: NatsServer;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parlance-creds-'));
  });
  afterEach(async () => {
    await buses.close();
    await nats.stop();
    rmSync(folder, { recursive: true });
  });

  /** Two that are let in hear one another. */
  async function letsIn(settings: NodeJS.ProcessEnv, url = nats.url): Promise<void> {
    const [here, there] = (await buses.open([url, url], settings)) as [TestBus, TestBus];
    there.answer('topicSubscribers', () => 1);
    await there.subscribe('topic.a').ready;
    expect(await here.ask(['topic.a'], 'topicSubscribers', 'a')).toEqual([1]);
    await buses.close();
  }

  /** What one that is turned away says of it. */
  async function turnsAway(settings: NodeJS.ProcessEnv, url = nats.url): Promise<string> {
    const bus = buses.make(url, settings);
    void bus.onApplicationBootstrap();
    const error = await eventually(() => bus.errors[0], 'being turned away');
    expect(bus.isConnected).toBe(false);
    return String(error);
  }

  it('that wants NATS_USER and NATS_PASSWORD', async () => {
    nats = await NatsServer.start('authorization: { user: parlance, password: "se cret" }');
    await letsIn({ NATS_USER: 'parlance', NATS_PASSWORD: 'se cret' });
    await letsIn({}, nats.url.replace('//', '//parlance:se%20cret@'));
    const refusal = await turnsAway({ NATS_USER: 'parlance', NATS_PASSWORD: 'another' });
    expect(refusal).toContain('Authorization Violation');
    expect(refusal).not.toContain('another');
  });

  it('that wants NATS_TOKEN', async () => {
    nats = await NatsServer.start('authorization: { token: "t0ken" }');
    await letsIn({ NATS_TOKEN: 't0ken' });
    expect(await turnsAway({})).toContain('Authorization Violation');
  });

  it('that lets it in later, without being started again', async () => {
    nats = await NatsServer.start('authorization: { token: "new" }');
    const [first, second] = ['old', 'new'].map((token) => buses.make(nats.url, { NATS_TOKEN: token }));
    await Promise.all([first?.onApplicationBootstrap(), second?.onApplicationBootstrap()]);
    expect([first?.isConnected, second?.isConnected]).toEqual([false, true]);
    await nats.kill();
    await nats.start('authorization: { token: "old" }');
    await eventually(() => (first?.isConnected && !second?.isConnected ? true : undefined), 'the change of tokens');
  });

  it('that wants NATS_CREDS_FILE, which is read for each attempt', async () => {
    const { settings, credsFile } = operated(folder);
    nats = await NatsServer.start(settings);
    await letsIn({ NATS_CREDS_FILE: credsFile });
    const later = join(folder, 'later.creds');
    expect(await turnsAway({ NATS_CREDS_FILE: later })).toContain('ENOENT');
    const bus = buses.make(nats.url, { NATS_CREDS_FILE: later });
    await bus.onApplicationBootstrap();
    copyFileSync(credsFile, later);
    await eventually(() => bus.isConnected || undefined, 'the connection');
  });

  it('that is known by NATS_CA_FILE, over TLS', async () => {
    nats = await NatsServer.start(
      `tls: { cert_file: "${tls('first.cert.pem')}", key_file: "${tls('first.key.pem')}" }`,
    );
    await letsIn({ NATS_CA_FILE: tls('first.cert.pem') });
    await letsIn({ NATS_CA_FILE: tls('first.cert.pem') }, nats.url.replace('nats:', 'tls:'));
    expect(await turnsAway({ NATS_CA_FILE: tls('second.cert.pem') })).toMatch(/certificate/);
    expect(await turnsAway({}, nats.url.replace('nats:', 'tls:'))).toMatch(/certificate/);
  });

  it('that knows it by NATS_CERT_FILE and NATS_KEY_FILE', async () => {
    nats = await NatsServer.start(`tls: {
      cert_file: "${tls('first.cert.pem')}", key_file: "${tls('first.key.pem')}"
      ca_file: "${tls('second.cert.pem')}", verify: true
    }`);
    const ca = { NATS_CA_FILE: tls('first.cert.pem') };
    await letsIn({ ...ca, NATS_CERT_FILE: tls('second.cert.pem'), NATS_KEY_FILE: tls('second.key.pem') });
    const stranger = buses.make(nats.url, ca);
    await stranger.onApplicationBootstrap();
    expect(stranger.isConnected).toBe(false);
  });

  it('that has no TLS, though it is wanted', async () => {
    nats = await NatsServer.start();
    expect(await turnsAway({ NATS_CA_FILE: tls('first.cert.pem') })).toContain('tls');
  });

  it('that lets it say and hear nothing but what begins with NATS_PREFIX', async () => {
    nats = await NatsServer.start(`authorization: { users: [
      { user: a, password: b, permissions: { subscribe: "chat.>", publish: "chat.>" } }
    ] }`);
    await letsIn({ NATS_USER: 'a', NATS_PASSWORD: 'b', NATS_PREFIX: 'chat' });
  });

  it('that does not let it hear', async () => {
    nats = await NatsServer.start(`authorization: { users: [
      { user: a, password: b, permissions: { subscribe: ["parlance.*.bus", "parlance.*.bus.>"], publish: ">" } }
    ] }`);
    const bus = buses.make(nats.url, { NATS_USER: 'a', NATS_PASSWORD: 'b' });
    await bus.onApplicationBootstrap();
    await bus.subscribe('user.Ann').ready;
    expect(String(await eventually(() => bus.errors[0], 'the refusal'))).toContain('Permissions Violation');
  });
});
