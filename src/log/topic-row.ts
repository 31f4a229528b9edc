import type { TopicMessage } from '../domain/topics.js';

export interface NumberedTopicMessage extends TopicMessage {
  /** Its place in the stream of all topic messages. */
  readonly number: number;
}

/** A topic message as the SQL functions answer it. */
export interface TopicRow {
  readonly o_number: number;
  readonly o_topic: string;
  readonly o_message_id: string;
  readonly o_sender: string;
  readonly o_payload: string;
  readonly o_metadata: string | null;
  readonly o_at: number;
}

export function messagesOf(rows: readonly TopicRow[]): NumberedTopicMessage[] {
  return rows.map((row) => ({
    number: row.o_number,
    id: row.o_message_id,
    topic: row.o_topic,
    sender: row.o_sender,
    payloadJson: row.o_payload,
    ...(row.o_metadata !== null && { metadataJson: row.o_metadata }),
    at: row.o_at,
  }));
}
