import type { PollView } from './poll-view.js';

/** How a poll stands: what answers, events and REST say of it alike. */
export type PollState = Readonly<PollView>;

export interface CreatePollRequest {
  readonly chatId: string;
  readonly question: string;
  readonly options: readonly string[];
  /** The same one of the same user is one poll, for ever: a retry makes no second one. */
  readonly clientPollId: string;
}

export interface PollRequest {
  readonly pollId: number;
}

export interface VoteRequest extends PollRequest {
  /** The option's place in the list, from 0. */
  readonly option: number;
}

declare module '#extension-api' {
  interface Requests {
    createPoll: [CreatePollRequest, PollState];
    vote: [VoteRequest, PollState];
    closePoll: [PollRequest, PollState];
    poll: [PollRequest, PollState & { readonly vote?: number }];
    /** The vote of realtime's clients, whose own types begin with X-. */
    'X-Vote': [VoteRequest, PollState];
  }

  interface ModuleEventMap {
    pollChanged: PollState;
  }
}
