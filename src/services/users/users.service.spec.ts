import type { Config } from '../../config/config.js';
import type { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

function serviceWith(unknownRecipients: 'create' | 'reject', existing: readonly string[]): UsersService {
  const users = { existing: async () => new Set(existing) } as Partial<UsersRepository> as UsersRepository;
  return new UsersService(users, { users: { unknownRecipients } } as Config);
}

const fieldOf = (index: number): string => `payload.participants.${index}`;

describe('UsersService', () => {
  describe('requireReachable', () => {
    it('lets strangers pass where writing makes them users', async () => {
      await expect(serviceWith('create', []).requireReachable(['User9'], fieldOf)).resolves.toBeUndefined();
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
  });
});
