import type { ChatKind } from '../../domain/chat.js';
import type { ChatItem } from '../../domain/payloads.js';
import { messageStatus, REACHED_NOBODY } from './message-status.js';

/** A chat as `chatRowsOf` reads it for one reader. */
export interface ChatRow {
  readonly chat_id: number;
  readonly kind: ChatKind;
  readonly id: string;
  readonly name: string;
  readonly photo_url: string | null;
  readonly created_at: number;
  /** Of the newest message, or of the joining where that is newer, ms. */
  readonly activity: number;
  readonly missed: number;
  readonly last_number: number | null;
  readonly last_text: string | null;
  readonly last_sender: string | null;
  readonly last_created_at: number;
  readonly last_deleted: boolean;
  readonly last_is_mine: boolean;
  /** How far all have got whom the last message is for; null where it is for nobody. */
  readonly reached_since: number | null;
  readonly reached_dlvrd_to: number | null;
  readonly reached_read_to: number | null;
  readonly first_missed_number: number | null;
  readonly first_missed_client_id: string | null;
  readonly last_seen: number | null;
}

/**
 * The chats that user $1 is in.
 *
 * @param choice picks of `mine` those that are wanted, as SQL, so that the joins after it are made for few
 */
export function chatRowsOf(choice: string): string {
  return `
  with mine as (
    select m.chat_id, m.user_id, m.joined_number, m.dlvrd_to, m.read_to, h.newest_number,
        h.newest_number - m.read_to - (m.sent - m.sent_at_read) as missed,
        greatest(m.joined_at, h.newest_at) as activity
      from members m join heads h on h.chat_id = m.chat_id
      where m.user_id = $1 and m.left_change is null
  ), chosen as (${choice})
  select m.chat_id, m.activity, m.missed, c.kind, c.created_at, nullif(c.photo_url, '') as photo_url,
      coalesce(c.public_id, peer.id) as id, coalesce(c.name, u.name, peer.id) as name,
      case when c.kind = 'dialog' then u.last_seen end as last_seen,
      l.number as last_number, l.text as last_text, l.sender as last_sender, l.created_at as last_created_at,
      l.deleted_at is not null as last_deleted, l.sender = m.user_id as last_is_mine,
      case when own.told then o.since else m.joined_number end as reached_since,
      case when own.told then o.dlvrd_to else m.dlvrd_to end as reached_dlvrd_to,
      case when own.told then o.read_to else m.read_to end as reached_read_to,
      f.number as first_missed_number, f.client_message_id as first_missed_client_id
    from chosen m
    join chats c on c.id = m.chat_id
    cross join lateral (select case when c.user_a = m.user_id then c.user_b else c.user_a end as id) peer
    left join users u on u.id = peer.id
    left join messages l on l.chat_id = m.chat_id and l.number = m.newest_number and l.number > m.joined_number
    cross join lateral (select l.sender = m.user_id and c.kind <> 'favorites' as told) own
    left join lateral (
      select min(x.joined_number) as since, min(x.dlvrd_to) as dlvrd_to, min(x.read_to) as read_to from members x
        where own.told and x.chat_id = m.chat_id and x.user_id <> m.user_id and x.left_change is null) o on true
    left join lateral (
      select x.number, x.client_message_id from messages x
        where m.missed > 0 and x.chat_id = m.chat_id and x.number > m.read_to and x.sender <> m.user_id
        order by x.number limit 1) f on true`;
}

export function toChatItem(row: ChatRow): ChatItem {
  return {
    type: row.kind,
    id: row.id,
    name: row.name,
    photoUrl: row.photo_url ?? undefined,
    ...lastMessage(row),
    missed: row.missed,
    firstMissed: row.first_missed_client_id ?? undefined,
    firstMissedId: row.first_missed_number ?? undefined,
    lastSeen: row.last_seen ?? undefined,
  };
}

function lastMessage(row: ChatRow): Partial<ChatItem> {
  if (row.last_number === null) return {};
  const { reached_since: since, reached_dlvrd_to: dlvrdTo, reached_read_to: readTo } = row;
  const reach = since === null || dlvrdTo === null || readTo === null ? REACHED_NOBODY : { since, dlvrdTo, readTo };
  return {
    lastMessageId: row.last_number,
    lastMessageText: row.last_text ?? undefined,
    lastMessageTime: row.last_created_at,
    lastMessageAuthor: row.last_sender ?? undefined,
    lastMessageStatus: messageStatus({ number: row.last_number, deleted: row.last_deleted }, reach),
    isMine: row.last_is_mine,
  };
}
