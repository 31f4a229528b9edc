import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DialectName } from '../../src/domain/dialect-name.js';
import type { Direction } from './async-api.js';
import { expectedFrame, loadFixtures } from './fixtures.js';

export interface GoldenFrame {
  /** Where it stands. */
  readonly name: string;
  readonly dialect: DialectName;
  readonly direction: Direction;
  readonly frame: unknown;
}

/** Every frame of the fixtures, and every example of the protocol's documents, which other tests hold against the code. */
export function goldenFrames(dialect: DialectName): readonly GoldenFrame[] {
  return [...fixtureFrames(dialect), ...documentFrames(dialect)];
}

function fixtureFrames(dialect: DialectName): readonly GoldenFrame[] {
  return loadFixtures(dialect).flatMap(({ frames }) =>
    frames.map((fixture) => {
      const { name, direction } = fixture;
      const frame = fixture.direction === 'server' ? expectedFrame(fixture) : fixture.frame;
      return { name: `fixture: ${name}`, dialect, direction, frame };
    }),
  );
}

function documentFrames(dialect: DialectName): readonly GoldenFrame[] {
  const text = readFileSync(join(__dirname, `../../docs/protocol/${dialect}.md`), 'utf8');
  return [...text.matchAll(/^```json (client|server)\n(.*?)^```$/gms)].map(([, direction, json = ''], index) => {
    const frame = JSON.parse(json) as unknown;
    return { name: `${dialect}.md, example ${index + 1}`, dialect, direction: direction as Direction, frame };
  });
}

type Json = Readonly<Record<string, unknown>>;

/** The message that a frame is by its type, whatever else is in it. */
export function messageNameOf({ dialect, direction, frame }: Omit<GoldenFrame, 'name'>): string {
  if (dialect === 'concord') return concordName(direction, frame as Json);
  return dialect === 'messaging' ? messagingName(direction, frame as Json) : realtimeName(direction, frame);
}

function concordName(direction: Direction, { type }: Json): string {
  return type === 'error' ? 'error' : `${direction}.${String(type)}`;
}

function messagingName(direction: Direction, frame: Json): string {
  if (frame.event === 'pong') return 'pong';
  const type = String(frame.type);
  const name = String(frame.payloadType ?? frame.eventType);
  if (direction === 'client')
    return type === 'event' ? `clientEvent.${name}` : type === 'ack' ? type : `${type}.${name}`;
  if (frame.error !== undefined) return 'error';
  if (type === 'response') return frame.payloadType === undefined ? 'acked' : `response.${name}`;
  return `event.${name}`;
}

/** What Statuses and such are their status says. */
function realtimeName(direction: Direction, frame: unknown): string {
  if (Array.isArray(frame)) return 'client.batch';
  const { type, data } = frame as { readonly type: string; readonly data?: Json };
  if (type === 'Status')
    return data?.status === 'connected' ? 'server.Welcome' : `server.Status.${String(data?.status)}`;
  if (type === 'AuthStatus') return `server.AuthStatus.${String(data?.status)}`;
  if (type === 'Presence' && data?.users !== undefined) return 'server.PresenceList';
  const isOwn = type.startsWith('X-') && !/^X-(Edit|Delete|Reactions|Typing|Vote)$/.test(type);
  return `${direction}.${isOwn ? 'X' : type}`;
}
