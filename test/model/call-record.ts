/** A call as PostgreSQL has it. */
export interface LoggedCall {
  readonly id: string;
  /** Of its message in the chat. */
  readonly number: number;
  readonly caller: string;
  readonly callType: string;
  readonly startedChange: number;
  readonly startedAt: number;
  readonly acceptedAt?: number;
  /** Absent while it is open; its message was touched by the next one. */
  readonly closedChange?: number;
  readonly endedAt?: number;
  readonly status?: string;
  /** In the order in which they are shown. */
  readonly parties: readonly LoggedParty[];
}

export interface LoggedParty {
  readonly userId: string;
  readonly standing: 'called' | 'accepted' | 'declined';
  readonly answeredChange?: number;
}

/** The calls of the chat `c`, as a JSON array. */
export const CALLS_OF_CHAT = `
  (select coalesce(json_agg(json_build_object('id', k.id, 'number', k.number, 'caller', k.caller, 'callType', k.call_type,
      'startedChange', k.started_change, 'startedAt', k.started_at, 'acceptedAt', k.accepted_at, 'closedChange', k.closed_change,
      'endedAt', k.ended_at, 'status', k.status, 'parties', (
        select json_agg(json_build_object('userId', user_id, 'standing', standing, 'answeredChange', answered_change) order by ordinal)
          from call_parties where chat_id = k.chat_id and number = k.number)) order by k.number), '[]')
    from calls k where k.chat_id = c.id)`;

/** How it ended, as everybody is told. */
export function endOf({ status, acceptedAt, endedAt = 0 }: LoggedCall): { status?: string; callDuration: number } {
  return { status, callDuration: acceptedAt === undefined ? 0 : Math.floor((endedAt - acceptedAt) / 1_000) };
}

/** What a viewer is shown of it as a message. */
export function shownTo(call: LoggedCall, viewer: string): Readonly<Record<string, unknown>> {
  const { id: callId, caller, callType, parties } = call;
  const direction = viewer === caller ? 'outgoing' : 'incoming';
  const participants = parties.map(({ userId }) => userId);
  return { direction, callType, callId, caller, participants, ...endOf(call) };
}

export function isInCall({ parties }: LoggedCall, userId: string): boolean {
  return parties.some((party) => party.userId === userId && party.standing === 'accepted');
}
