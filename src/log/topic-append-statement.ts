import type { TopicCommand } from './topic-command.js';

export const APPEND_TOPICS_STATEMENT = 'select * from append_topics($1, $2, $3, $4, $5, $6, $7, $8, $9)';

/** A later message with the key is a new one. */
export const KEY_TTL_MS = 24 * 3_600_000;

/** A row of the `append_topics` function: what became of one message. */
export interface TopicAnswer {
  readonly o_is_new: boolean;
  readonly o_message_id: string;
  readonly o_recipients: number | null;
  readonly o_newest: number;
}

/** One array per column of the `append_topics` function, one element per message. */
export function appendTopicsParameters(commands: readonly TopicCommand[]): unknown[] {
  return [
    commands.map(({ message }) => message.topic),
    commands.map(({ message }) => message.id),
    commands.map(({ message }) => message.sender),
    commands.map(({ message }) => message.payloadJson),
    commands.map(({ message }) => message.metadataJson ?? null),
    commands.map(({ message }) => message.at),
    commands.map(({ expiresAt }) => expiresAt ?? null),
    commands.map(({ key }) => key ?? null),
    KEY_TTL_MS,
  ];
}
