import { readWireMessageId } from '../../domain/ids.js';
import { MessageIds } from './message-ids.js';

describe('MessageIds', () => {
  describe('next', () => {
    it('gives no id twice, not on two servers either', () => {
      const [one, other] = [new MessageIds(), new MessageIds()];
      const ids = [one.next('broadcast'), one.next('broadcast'), other.next('broadcast'), other.next('broadcast')];
      expect(new Set(ids).size).toBe(4);
    });

    it('gives ids that cannot be taken for those of messages in chats', () => {
      const ids = new MessageIds();
      expect(ids.next('broadcast')).toMatch(/^broadcast_[0-9a-z]{10}_1$/);
      expect(readWireMessageId(ids.next('dm'))).toBeUndefined();
    });
  });
});
