import type { Actor, Caller } from '../../domain/caller.js';
import type { Command, Outcomes } from '../../log/commands.js';
import type { Log } from '../../log/log.js';

/** Who changes a chat: over a connection, whose next frame may follow as soon as this one has its place, or without one. */
export type WritingActor = Actor & Partial<Pick<Caller, 'placed'>>;

/** Hands the command to the log, which queues it at once and answers after its commit. */
export function placeInLog<C extends Command>(log: Log, actor: WritingActor, command: C): Promise<Outcomes[C['type']]> {
  const outcome = log.append(command);
  actor.placed?.();
  return outcome;
}
