import { TestServer } from '../support/parlance.js';

/** How a connection ends tells its client what to do; 1012 is the drain's, 4401 the token's. */
describe('a connection is closed', () => {
  let server: TestServer;
  afterEach(() => server.stop());

  it('with 1009 for a frame over MAX_FRAME_BYTES, in one piece or in several', async () => {
    server = await TestServer.start({ MAX_FRAME_BYTES: '1024' });
    const [whole, fragmented, other] = [
      await server.connect('User1'),
      await server.connect('User1'),
      await server.connect('User1'),
    ];
    whole.send('x'.repeat(1_025));
    fragmented.socket.send('x'.repeat(1_000), { fin: false });
    fragmented.socket.send('x'.repeat(25), { fin: true });

    await expect(whole.closed).resolves.toMatchObject({ code: 1009 });
    await expect(fragmented.closed).resolves.toMatchObject({ code: 1009 });
    await other.settled();
  });

  it('with 1013 when its window has been full for UNACKED_TIMEOUT_S', async () => {
    server = await TestServer.start({ MAX_UNACKED_EVENTS: '2', UNACKED_TIMEOUT_S: '0.5' });
    const [author, mute, acking] = [
      await server.connect('Author'),
      await server.connect('Reader', { query: { device: 'mute' } }),
      await server.connect('Reader', { query: { device: 'acking' }, acks: true }),
    ];
    for (const message of ['a', 'b', 'c']) await author.request('new', { chatId: 'Reader', message });

    await expect(mute.closed).resolves.toMatchObject({ code: 1013 });
    expect(mute.events('new')).toHaveLength(2);
    await acking.event('new', ({ message }) => message === 'c');

    // Nothing was lost by it.
    const back = await server.connect('Reader', { query: { device: 'mute' }, acks: true });
    await back.event('new', ({ message }) => message === 'c');
    expect(back.events('new').map(({ payload }) => payload?.message)).toEqual(['a', 'b', 'c']);
  });

  it('with 4408 when nothing was heard of it for IDLE_TIMEOUT_S, while it is pinged every HEARTBEAT_S', async () => {
    server = await TestServer.start({ HEARTBEAT_S: '0.2', IDLE_TIMEOUT_S: '1' });
    const alive = await server.connect('User1');
    const silent = await server.connect('User1', { autoPong: false });
    const pings = { alive: 0, silent: 0 };
    alive.socket.on('ping', () => (pings.alive += 1));
    silent.socket.on('ping', () => (pings.silent += 1));

    await expect(silent.closed).resolves.toMatchObject({ code: 4408 });
    expect(pings.silent).toBeGreaterThan(1);
    expect(pings.alive).toBeGreaterThan(1);
    await alive.settled();
  });

  it('without an answer when it does not take the close either', async () => {
    server = await TestServer.start({ HEARTBEAT_S: '0.1', IDLE_TIMEOUT_S: '0.3', PRESENCE_GRACE_MS: '0' });
    const [observer, dead] = [await server.connect('Observer'), await server.connect('Dead')];
    await observer.request('new', { chatId: 'Dead', message: 'a contact from now on' });
    dead.socket.pause();

    await expect(observer.event('offline')).resolves.toMatchObject({ payload: { userId: 'Dead' } });
  });

  describe('with 4409', () => {
    beforeEach(async () => {
      server = await TestServer.start();
    });

    it('when its named device connects again, which is given what the old one has not acked', async () => {
      const author = await server.connect('Author');
      const old = await server.connect('Reader', { query: { device: 'phone' } });
      await author.request('new', { chatId: 'Reader', message: 'unacked' });
      await old.event('new');

      const fresh = await server.connect('Reader', { query: { device: 'phone' } });
      await expect(old.closed).resolves.toMatchObject({ code: 4409 });
      await expect(fresh.event('new')).resolves.toMatchObject({ id: 1, payload: { message: 'unacked' } });
    });

    it('whether the claim or the query names the device, of which the claim counts', async () => {
      const byQuery = await server.connect('Reader', { query: { device: 'phone' } });
      const byClaim = await server.connect('Reader', { query: { device: 'tablet' }, claims: { device: 'phone' } });

      await expect(byQuery.closed).resolves.toMatchObject({ code: 4409 });
      await byClaim.settled();
    });

    it('not when the device has another name or none, or is another user’s', async () => {
      const clients = [
        await server.connect('Reader'),
        await server.connect('Reader'),
        await server.connect('Reader', { query: { device: 'phone' } }),
        await server.connect('Reader', { query: { device: 'Phone' } }),
        await server.connect('Reader2', { query: { device: 'phone' } }),
      ];
      const newest = await server.connect('Reader', { query: { device: 'phone' } });

      await expect(clients[2]?.closed).resolves.toMatchObject({ code: 4409 });
      for (const client of [...clients.filter((_client, index) => index !== 2), newest]) await client.settled();
    });

    it('leaves one of many that connect at the same time', async () => {
      const options = { query: { device: 'phone' } };
      const clients = await Promise.all(Array.from({ length: 8 }, () => server.connect('Reader', options)));
      const isOpen = clients.map(async (client) => {
        const settled = client.settled().then(() => true);
        const closed = client.closed.then(() => false);
        return Promise.race([settled.catch(() => closed), closed]);
      });

      expect((await Promise.all(isOpen)).filter(Boolean)).toHaveLength(1);
    });
  });
});
