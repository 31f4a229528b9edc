/** A row of the `append` function: what became of one command. */
export interface Answer {
  /** 200 changed, 208 was done before, 204 nothing to do, 4xx failed. */
  readonly code: 200 | 204 | 208 | 400 | 403 | 404 | 409;
  /** The payload's field at fault. */
  readonly field: string | null;
  /** The message's, among all messages. */
  readonly id: number | null;
  readonly number: number;
  readonly client_message_id: string | null;
  readonly change: number;
  readonly at: number;
  /** The chat's newest message number. */
  readonly newest: number;
  /** What `missed` is counted from, for the actor and for the other user of a dialog. */
  readonly base: number | null;
  readonly peer_base: number | null;
  readonly created_at: number;
  readonly text: string | null;
  readonly payload: string | null;
  readonly metadata: string | null;
  readonly attachments: string | null;
  /** Another session has changed the chat since this one did. */
  readonly after_another: boolean | null;
  /** JSON: a quote, the authors that a mark covers, or all reactions of a message (of an edited one where it had no text). */
  readonly detail: string | null;
  /** In channels only: the actor among all users, the message's thread, and whether its readers are not shown it. */
  readonly user_number: number | null;
  readonly thread_id: number | null;
  readonly is_textless: boolean | null;
}
