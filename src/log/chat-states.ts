import type { Database } from '../database/database.js';
import type { ChatKind } from '../domain/chat.js';
import type { ChatState, MessageStatus } from '../domain/events.js';

interface StateRow {
  readonly id: number;
  readonly kind: ChatKind;
  readonly public_id: string;
  readonly name: string | null;
  readonly photo_url: string | null;
  readonly missed: number;
  readonly first_number: number | null;
  readonly first_client_id: string | null;
  readonly last_number: number | null;
  readonly last_text: string | null;
  readonly last_at: number | null;
  readonly last_sender: string | null;
  readonly last_status: MessageStatus | null;
}

/**
 * Groups and channels as the `chats` event shows them to one viewer, by chat number. The status of one's own newest message is what
 * all others have reached who were members then.
 */
export async function readChatStates(
  database: Database,
  viewer: string,
  chatIds: readonly number[],
): Promise<Map<number, ChatState>> {
  if (chatIds.length === 0) return new Map();
  const rows = await database.query<StateRow>(STATES, [viewer, chatIds]);
  return new Map(rows.map((row) => [row.id, stateOf(row)]));
}

const STATES = `
  select c.id, c.kind, c.public_id, c.name, nullif(c.photo_url, '') as photo_url, s.missed,
      f.number as first_number, f.client_message_id as first_client_id,
      l.number as last_number, l.text as last_text, l.created_at as last_at, l.sender as last_sender,
      case when l.deleted_at is not null then 'deleted'
        when l.sender <> $1 then case when l.number <= m.read_to then 'read' when l.number <= m.dlvrd_to then 'unread' else 'undelivered' end
        else (select case when min(o.read_to) >= l.number then 'read' when min(o.dlvrd_to) >= l.number then 'unread' else 'undelivered' end
          from members o where o.chat_id = c.id and o.user_id <> $1 and o.left_change is null and o.joined_number < l.number)
      end as last_status
    from unnest($2::bigint[]) as t (id)
    join chats c on c.id = t.id
    join heads h on h.chat_id = c.id
    join members m on m.chat_id = c.id and m.user_id = $1 and m.left_change is null
    cross join lateral (select h.newest_number - m.read_to - m.sent + m.sent_at_read as missed) s
    left join messages l on l.chat_id = c.id and l.number = h.newest_number and l.number > m.joined_number
    left join lateral (select number, client_message_id from messages
      where s.missed > 0 and chat_id = c.id and number > m.read_to and sender <> $1 order by number limit 1) f on true`;

function stateOf(row: StateRow): ChatState {
  return {
    chatId: row.public_id,
    kind: row.kind,
    name: row.name ?? undefined,
    photoUrl: row.photo_url ?? undefined,
    missed: row.missed,
    firstMissed:
      row.first_number === null
        ? undefined
        : { number: row.first_number, clientMessageId: row.first_client_id ?? undefined },
    lastMessage:
      row.last_number === null
        ? undefined
        : {
            number: row.last_number,
            text: row.last_text ?? undefined,
            createdAt: row.last_at ?? 0,
            sender: row.last_sender ?? '',
            status: row.last_status ?? 'undelivered',
          },
  };
}
