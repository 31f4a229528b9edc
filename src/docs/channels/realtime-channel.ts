import type { RegisteredHandler } from '../../dispatch/handler-registry.js';
import type { ChannelDoc, MessageDoc, OperationDoc } from './channel-doc.js';
import { EXTENSIONS, queryOf, SESSION } from './query.js';
import { moduleTypes, realtimeReceived } from './realtime-client.js';
import { REALTIME_PUSHED, REALTIME_SENT } from './realtime-server.js';

const DESCRIPTION = `Topics, direct messages, presence, history, sessions and binary frames. A message with an \`id\` is answered with an \`Ack\` after
whatever else answers it. A connection that offered no subprotocol of a dialect speaks this one until its first frame is one of
another; until then, or for a second, it gets nothing but the Welcome.`;

/** What comes before the \`Ack\`, by the name of the message that asks for it. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  Subscribe: ['Status.subscribed'],
  Unsubscribe: ['Status.unsubscribed'],
  History: ['History'],
  PresenceQuery: ['PresenceList'],
  Auth: ['AuthStatus.refreshed'],
  Ping: ['Pong'],
  binary: ['Status.binary_received'],
};

/** @param handlers all that this dialect’s clients may ask for */
export function realtimeChannel(handlers: readonly RegisteredHandler[]): ChannelDoc {
  const received = realtimeReceived(handlers);
  const modules = new Set(moduleTypes(handlers).map(({ payloadType }) => payloadType));
  return {
    dialect: 'realtime',
    address: '/ws',
    subprotocol: 'realtime.v1',
    title: 'realtime',
    description: DESCRIPTION,
    query: queryOf({ session: SESSION, extensions: EXTENSIONS }),
    received,
    sent: REALTIME_SENT,
    operations: [
      ...received.map((message) => operation(message, modules)),
      { name: 'events', action: 'send', summary: 'Tells what happens.', messages: REALTIME_PUSHED },
    ],
  };
}

function operation({ name, summary }: MessageDoc, modules: ReadonlySet<string>): OperationDoc {
  const type = name.replace(/^client\./, '');
  const operation: OperationDoc = { name: type, action: 'receive', summary, messages: [name] };
  if (type === 'Pong') return operation;
  const answers = modules.has(type) ? ['X'] : answersOf(type);
  return { ...operation, replies: [...answers, 'Ack', 'Error'].map((reply) => `server.${reply}`) };
}

/** Each message of a batch is answered by itself. */
function answersOf(type: string): readonly string[] {
  const { binary: _binary, ...ofMessages } = ANSWERS;
  return type === 'batch' ? [...new Set(Object.values(ofMessages).flat())] : (ANSWERS[type] ?? []);
}
