import type { Config } from '../../config/config.js';
import { DomainEvents } from '../../domain/domain-events.js';
import { ConnectedUsers } from './connected-users.js';
import type { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

const events = new DomainEvents((error) => {
  throw error;
});

function serviceWith(unknownRecipients: 'create' | 'reject', existing: readonly string[]): UsersService {
  const users = { existing: async () => new Set(existing) } as Partial<UsersRepository> as UsersRepository;
  const config = { users: { unknownRecipients, registration: 'closed' } } as Config;
  const connected = new ConnectedUsers(config, events);
  connected.onModuleInit();
  return new UsersService(users, config, connected);
}

const fieldOf = (index: number): string => `payload.participants.${index}`;

describe('UsersService', () => {
  describe('requireReachable', () => {
    it('lets strangers pass where writing makes them users', async () => {
      await expect(serviceWith('create', []).requireReachable(['User9'], fieldOf)).resolves.toBeUndefined();
    });

    it('refuses the one that stands for erased users, wherever it is', async () => {
      await expect(serviceWith('create', []).requireReachable(['User1', 'erased'], fieldOf)).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.participants.1' },
      });
    });

    it('names the first stranger where they are rejected', async () => {
      const service = serviceWith('reject', ['User1', 'User3']);

      await expect(service.requireReachable(['User1', 'User2', 'User4'], fieldOf)).rejects.toMatchObject({
        code: 404,
        details: { field: 'payload.participants.1' },
      });
    });

    it('lets users pass that exist', async () => {
      await expect(serviceWith('reject', ['User1']).requireReachable(['User1'], fieldOf)).resolves.toBeUndefined();
    });

    it('lets users pass that have connected, before they are written down', async () => {
      const service = serviceWith('reject', []);
      events.emit('connectionOpened', { connectionId: 'a', userId: 'User1' });
      events.emit('connectionOpened', { connectionId: 'b', userId: 'User1' });
      events.emit('connectionClosed', { connectionId: 'a', userId: 'User1' });
      await expect(service.requireReachable(['User1'], fieldOf)).resolves.toBeUndefined();

      events.emit('connectionClosed', { connectionId: 'b', userId: 'User1' });
      await expect(service.requireReachable(['User1'], fieldOf)).rejects.toMatchObject({ code: 404 });
    });
  });
});
