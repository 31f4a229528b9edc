import type { Config } from '../../config/config.js';
import type { ChatAddress } from '../../domain/chat.js';
import type { MessageMetadata } from '../../domain/payloads.js';
import { rawMetadata, rawPayload } from '../../domain/topics.js';
import type { Command, SendCommand } from '../../log/commands.js';
import type { Log } from '../../log/log.js';
import type { ChatDirectory } from './chat-directory.js';
import { PayloadSender } from './payload-sender.js';
import type { WritingActor } from './place-in-log.js';

const dialog: ChatAddress = { id: 7, kind: 'dialog', users: ['User1', 'User2'] };
const origin = { userId: 'User1', connectionId: 'c1' };
const file = { type: 'file', id: 'a', filename: 'a.txt', url: '<a>', own: [1] };

function setUp(): { sender: PayloadSender; actor: WritingActor; happened: (Command | 'placed')[] } {
  const happened: (Command | 'placed')[] = [];
  const append = async (command: Command): Promise<unknown> => {
    happened.push(command);
    return { id: 90, number: 3, at: 1_000 };
  };
  const directory: Partial<ChatDirectory> = { sendInto: (_chat, _sender, send) => send() };
  const sender = new PayloadSender(
    { append } as Log,
    directory as ChatDirectory,
    { limits: { maxMessageBytes: 8 } } as Config,
  );
  const actor: WritingActor = {
    principal: { userId: 'User1', name: 'Ann', roles: [], expiresAt: 0 },
    origin,
    placed: () => happened.push('placed'),
  };
  return { sender, actor, happened };
}

/** What readers of other dialects are shown of the message. */
function readable(sent: Command | 'placed' | undefined): Pick<SendCommand, 'text' | 'attachmentsJson'> {
  const { text, attachmentsJson } = sent as SendCommand;
  return { text, attachmentsJson };
}

describe('PayloadSender', () => {
  describe('send', () => {
    it('has its place in the log before it returns, with text, attachments and the payload as sent', () => {
      const { sender, actor, happened } = setUp();

      void sender.send(actor, dialog, {
        payload: { message: 'Hi', attachments: [file] },
        metadata: { idempotency_key: 'k1', priority: 'high' },
        [rawPayload]: '{"message": "Hi","attachments":[]}',
        [rawMetadata]: '{"idempotency_key": "k1","priority":"high"}',
      });

      expect(happened).toEqual([
        {
          type: 'send',
          kind: 'new',
          chat: dialog,
          origin,
          senderName: 'Ann',
          clientMessageId: 'k1',
          text: 'Hi',
          attachmentsJson: '[{"type":"file","id":"a","filename":"a.txt","url":"<a>","own":[1]}]',
          payloadJson: '{"message": "Hi","attachments":[]}',
          metadataJson: '{"idempotency_key": "k1","priority":"high"}',
          isUrgent: true,
        },
        'placed',
      ]);
    });

    it('writes in a channel without having joined it', async () => {
      const { sender, actor, happened } = setUp();
      const channel: ChatAddress = { id: 9, kind: 'channel', publicId: 'c_0123456789abcdefghijkl', name: 'general' };
      await sender.send(actor, channel, { payload: { message: 'Hi' } });
      await sender.send(actor, dialog, { payload: { message: 'Hi' } });

      expect(happened).toMatchObject([{ chat: channel, asVisitor: true }, 'placed', { chat: dialog }, 'placed']);
      expect(happened[2]).not.toHaveProperty('asVisitor');
    });

    it('writes the texts itself where nobody has kept them', async () => {
      const { sender, actor, happened } = setUp();
      await sender.send(actor, dialog, { payload: [1], metadata: { priority: 'low' } });

      expect(happened[0]).toMatchObject({
        payloadJson: '[1]',
        metadataJson: '{"priority":"low"}',
        isUrgent: false,
      });
    });

    it('answers with what the log has stored', async () => {
      const { sender, actor } = setUp();
      await expect(sender.send(actor, dialog, { payload: null })).resolves.toEqual({ id: 90, number: 3, at: 1_000 });
    });

    it.each<[unknown]>([
      [null],
      ['Hi'],
      [[{ message: 'Hi' }]],
      [{ message: '' }],
      [{ message: 1 }],
      [{ attachments: [{ ...file, url: 1 }] }],
      [{ attachments: [] }],
    ])('keeps %j as a payload that others cannot read', async (payload) => {
      const { sender, actor, happened } = setUp();
      await sender.send(actor, dialog, { payload });

      expect(readable(happened[0])).toEqual({});
      expect(happened[0]).toMatchObject({ payloadJson: JSON.stringify(payload) });
    });

    it.each<[MessageMetadata]>([[{ encryption: 'aes256' }], [{ compression: 'gzip' }], [{ encryption: {} }]])(
      'does not look into what %j makes opaque',
      async (metadata) => {
        const { sender, actor, happened } = setUp();
        await sender.send(actor, dialog, { payload: { message: 'far too long', attachments: [file] }, metadata });

        expect(readable(happened[0])).toEqual({});
      },
    );

    it('looks into what the server has made, also where something is encrypted', async () => {
      const { sender, actor, happened } = setUp();
      const metadata = { encryption: 'aes256' };
      await sender.send(actor, dialog, { payload: { attachments: [file] }, metadata, isOurs: true });

      expect(readable(happened[0])).toEqual({ attachmentsJson: JSON.stringify([file]) });
    });

    it('looks into what says that it is neither encrypted nor compressed', async () => {
      const { sender, actor, happened } = setUp();
      const metadata = { encryption: null, compression: false };
      await sender.send(actor, dialog, { payload: { message: 'Hi' }, metadata });

      expect(happened[0]).toMatchObject({ text: 'Hi' });
    });

    it('measures the text in bytes of UTF-8', async () => {
      const { sender, actor, happened } = setUp();
      await sender.send(actor, dialog, { payload: { message: 'üüüü', own: 'not measured at all' } });

      await expect(sender.send(actor, dialog, { payload: { message: 'üüüüx' } })).rejects.toMatchObject({
        code: 413,
        details: { field: 'payload.payload.message' },
      });
      expect(happened).toHaveLength(2);
    });
  });
});
