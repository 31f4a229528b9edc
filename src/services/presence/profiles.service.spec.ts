import type { PresenceService } from './presence.service.js';
import type { ProfilesRepository, SeenUser } from './profiles.repository.js';
import { ProfilesService } from './profiles.service.js';

const ann: SeenUser = { userId: 'User1', number: 1, name: 'Ann', createdAt: 1_000 };
const nameless: SeenUser = { userId: 'User2', number: 2, createdAt: 2_000 };

function setUp(): { service: ProfilesService; asked: unknown[] } {
  const asked: unknown[] = [];
  const profiles = {
    list: async (...request: unknown[]) => {
      asked.push(request);
      return [nameless, ann];
    },
    byNumber: async (number: number) => [ann, nameless].find((user) => user.number === number),
    byId: async (userId: string) => [ann, nameless].find((user) => user.userId === userId),
  } as Partial<ProfilesRepository> as ProfilesRepository;
  const presence = {
    of: (userId: string) => ({ userId, status: userId === 'User1' ? 'busy' : 'offline' }),
  } as Partial<PresenceService> as PresenceService;
  return { service: new ProfilesService(profiles, presence), asked };
}

describe('ProfilesService', () => {
  it('shows a user with its name and how it is', async () => {
    await expect(setUp().service.one(1)).resolves.toEqual({
      id: 1,
      username: 'User1',
      profile: { createdAt: 1_000, nickname: 'Ann', bio: null, avatarId: null },
      status: { onlineStatus: 'DO_NOT_DISTURB' },
    });
  });

  it('calls whoever has no name by its username', async () => {
    await expect(setUp().service.self('User2')).resolves.toMatchObject({
      profile: { nickname: 'User2' },
      status: { onlineStatus: 'OFFLINE' },
    });
  });

  it('knows nobody else', async () => {
    const { service } = setUp();
    await expect(service.one(3)).rejects.toMatchObject({ code: 404 });
    await expect(service.self('User3')).rejects.toMatchObject({ code: 404 });
  });

  it('lists by pages', async () => {
    const { service, asked } = setUp();
    const users = await service.list({ query: 'us', page: 3, size: 50 });
    expect(users.map(({ id }) => id)).toEqual([2, 1]);
    expect(asked).toEqual([['us', 150, 50]]);
  });

  it('finds nobody by what no name can have', async () => {
    const { service, asked } = setUp();
    await expect(service.list({ query: '\0', page: 0, size: 50 })).resolves.toEqual([]);
    expect(asked).toEqual([]);
  });
});
