import type { ChatAddress } from '../../domain/chat.js';
import { NotFoundError, UnavailableError } from '../../domain/errors.js';
import type { Command } from '../../log/commands.js';
import type { Log } from '../../log/log.js';
import { LogDeliveryMarks } from './log-delivery-marks.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const group: ChatAddress = { id: 8, kind: 'group', publicId: 'g_1' };

describe('LogDeliveryMarks', () => {
  const marksIn = (append: (command: Command) => Promise<unknown>) => new LogDeliveryMarks({ append } as Log);
  const delivered = [
    { chat: dialog, upTo: 5 },
    { chat: group, upTo: 2 },
  ];

  describe('mark', () => {
    it('resolves once the marks of all chats are committed', async () => {
      const appended: Command[] = [];
      const marks = marksIn((command) => {
        appended.push(command);
        return Promise.resolve({});
      });

      await marks.mark('User1', delivered);

      const mark = { type: 'mark', origin: { userId: 'User1' }, mark: 'dlvrd' };
      expect(appended).toEqual([
        { ...mark, chat: dialog, upTo: 5 },
        { ...mark, chat: group, upTo: 2 },
      ]);
    });

    it('has nothing to say of a chat that the user has left', async () => {
      const marks = marksIn(({ chat }) => (chat === group ? Promise.reject(new NotFoundError('')) : Promise.resolve()));
      await expect(marks.mark('User1', delivered)).resolves.toBeUndefined();
    });

    it('fails where one cannot be committed', async () => {
      const away = new UnavailableError('away');
      const marks = marksIn(({ chat }) => (chat === group ? Promise.reject(away) : Promise.resolve()));
      await expect(marks.mark('User1', delivered)).rejects.toBe(away);
    });
  });
});
