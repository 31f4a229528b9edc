import type { DataSource } from 'typeorm';

import { readConfig } from '../../src/config/read-config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { LocalBus } from '../../src/delivery/bus/local-bus.js';
import { DomainEvents } from '../../src/domain/domain-events.js';
import type { EphemeralEvent } from '../../src/domain/events.js';
import type { PresenceService } from '../../src/services/presence/presence.service.js';
import { ProfilesRepository } from '../../src/services/presence/profiles.repository.js';
import { ProfilesService } from '../../src/services/presence/profiles.service.js';
import { UserNumbers } from '../../src/services/users/user-numbers.js';
import { UserStanding } from '../../src/services/users/user-standing.js';
import { UsersRepository } from '../../src/services/users/users.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { RunningPresence } from '../support/presence.js';

const config = readConfig({ JWT_SECRET: 'only for tests, but long enough!', PRESENCE_BROADCAST_USERS: '2' });
const clock = { now: () => Date.now() };

describe('profiles and what is told of users', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let standing: UserStanding;
  let running: RunningPresence;
  let presence: PresenceService;
  let profiles: ProfilesService;
  let events: DomainEvents;
  /** What everybody is told. */
  let told: EphemeralEvent[];
  /** Of whom it was told to contacts. */
  let online: Set<string>;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await createDataSource({ url: database.url, poolSize: 4 }).initialize();
    const source = new Database(dataSource);
    events = new DomainEvents((error) => {
      throw error;
    });
    told = [];
    online = new Set();
    events.on('announcedHere', ({ audience, event }) => {
      if ('everybody' in audience) told.push(event);
      if (event.type === 'online') online.add(event.userId);
    });
    const users = new UsersRepository(source);
    standing = new UserStanding(users, clock, events);
    const bus = new LocalBus((error) => {
      throw error;
    });
    running = new RunningPresence({ bus, users, numbers: new UserNumbers(users), events, clock, config });
    presence = running.service;
    profiles = new ProfilesService(new ProfilesRepository(source), presence);
  });

  afterEach(async () => {
    await running.stop();
    await dataSource.destroy();
    await database.drop();
  });

  const see = (userId: string, name?: string): Promise<void> =>
    standing.admit({ userId, name, roles: [], expiresAt: 0 });
  const names = async (query?: string, page = 0, size = 500): Promise<string[]> =>
    (await profiles.list({ query, page, size })).map(({ username }) => username);
  const tells = (count: number): Promise<true> =>
    eventually(() => (told.length === count ? true : undefined), `${count} announcements`);

  it('lists who was seen, the newest first, by pages', async () => {
    for (const userId of ['ann', 'bob', 'cid']) await see(userId);
    await dataSource.query(`insert into users (id, created_at) values ('written to', 0)`);

    expect(await names()).toEqual(['cid', 'bob', 'ann']);
    expect(await names(undefined, 1, 2)).toEqual(['ann']);
    const [unseen] = await dataSource.query<{ number: number }[]>('select number from users where not seen');
    await expect(profiles.one(unseen?.number ?? 0)).rejects.toMatchObject({ code: 404 });
  });

  it('finds by a part of the username or the name, in whatever case, and takes it by the letter', async () => {
    await see('ann_lee', 'Pilot');
    await see('bob%', 'Ann Other');
    await see('cid\\', undefined);

    expect(await names('ANN')).toEqual(['bob%', 'ann_lee']);
    expect(await names('pil')).toEqual(['ann_lee']);
    for (const [query, found] of [
      ['_', 'ann_lee'],
      ['%', 'bob%'],
      ['\\', 'cid\\'],
    ] as const) {
      expect(await names(query)).toEqual([found]);
    }
    expect(await names('')).toHaveLength(3);
    expect(await names('zoe')).toEqual([]);
  });

  it('shows the same user to others and to itself', async () => {
    await see('ann', 'Ann');
    const self = await profiles.self('ann');

    expect(self).toMatchObject({ username: 'ann', profile: { nickname: 'Ann' }, status: { onlineStatus: 'OFFLINE' } });
    await expect(profiles.one(self.id)).resolves.toEqual(self);
    expect(await profiles.list({ page: 0, size: 1 })).toEqual([self]);
  });

  it('tells everybody of a user who is seen for the first time, and then that it is online', async () => {
    events.emit('connectionOpened', { connectionId: 'a', userId: 'ann' });
    await see('ann');
    await see('ann');
    await tells(2);

    const { id } = await profiles.self('ann');
    expect(told).toEqual([
      { type: 'userJoined', userNumber: id },
      { type: 'userStatus', userNumber: id, status: 'online' },
    ]);
  });

  it('tells of a joining once, however many tokens name the user at once', async () => {
    await Promise.all(Array.from({ length: 4 }, () => see('ann')));
    expect(told).toHaveLength(1);
  });

  it('tells how users are while no more than PRESENCE_BROADCAST_USERS are online', async () => {
    for (const userId of ['ann', 'bob', 'cid']) await see(userId);
    told.length = 0;
    const opens = (userId: string): void => {
      events.emit('connectionOpened', { connectionId: userId, userId });
    };
    opens('ann');
    opens('bob');
    await tells(2);
    opens('cid');
    await eventually(() => (online.has('cid') ? true : undefined), "its contacts' hearing of it");
    await presence.describe('ann', { status: 'away' });
    events.emit('connectionLeft', { connectionId: 'cid', userId: 'cid' });
    await tells(3);

    const { id } = await profiles.self('cid');
    expect(told[2]).toEqual({ type: 'userStatus', userNumber: id, status: 'offline' });
  });
});
