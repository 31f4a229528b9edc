import type { Change } from '../domain/changes.js';
import type { Position } from '../domain/chat.js';

/** Where a device stands that has had everything up to and including the change. */
export function positionAfter(change: Change): Position {
  return { change: change.change, number: change.newest };
}

/** Where a device stands that has had everything but the change and what came later. */
export function positionBefore(change: Change): Position {
  return { change: change.change - 1, number: takesNumber(change) ? change.newest - 1 : change.newest };
}

/** A device's first visit moves through numbers under one change: both count. */
export function isBeyond(position: Position, other: Position): boolean {
  return position.change === other.change ? position.number > other.number : position.change > other.change;
}

/** A position that is beyond neither. */
export function earlierOf(position: Position, other: Position): Position {
  return { change: Math.min(position.change, other.change), number: Math.min(position.number, other.number) };
}

/** A call is a message from its start on. */
function takesNumber({ type }: Change): boolean {
  return type === 'messageSent' || type === 'callStarted';
}
