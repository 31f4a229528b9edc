import type { Extension } from '#extension-api';
import { CreatePolls } from './create-polls.js';
import { Poll } from './poll.entity.js';
import { PollsModule } from './polls.module.js';
import { Vote } from './vote.entity.js';

/** Polls in chats. */
export const polls: Extension = {
  name: 'polls',
  module: PollsModule,
  migrations: [CreatePolls],
  entities: [Poll, Vote],
};
