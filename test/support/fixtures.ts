import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURES_DIR = join(__dirname, '..', 'fixtures');

export type JsonObject = Readonly<Record<string, unknown>>;

/** An example of the documents: frames in the order in which they go over the wire. One JSON file each. */
export interface Fixture {
  readonly name: string;
  readonly source: string;
  /**
   * The dialog before the first frame: `sender` has written so many messages without a client id, nothing else was
   * ever written. The receiver has acked them and, where `read` is true, read them; the sender has acked that. Then
   * both have connected anew, so that their event ids begin with 1.
   */
  readonly given: {
    readonly sender: string;
    readonly receiver: string;
    readonly messages: number;
    readonly read: boolean;
  };
  readonly frames: readonly (ClientFixture | ServerFixture)[];
}

interface FrameFixture {
  /** Unique among all fixtures of the dialect. */
  readonly name: string;
  /** Who sends the frame, or gets it. */
  readonly user: string;
  /** As the document shows it. */
  readonly frame: JsonObject;
}

export interface ClientFixture extends FrameFixture {
  readonly direction: 'client';
  /** What the dialect makes of it; its payload goes without saying. */
  readonly decoded: JsonObject;
}

export interface ServerFixture extends FrameFixture {
  readonly direction: 'server';
  /** Where the protocol decides differently from the document, or adds to it. Without `value` the field is gone. */
  readonly superseded?: readonly { readonly path: string; readonly value?: unknown; readonly why: string }[];
  /** Paths of what the server names by itself: from then on what the document calls it means what the server has called it. */
  readonly learns?: readonly string[];
  /** Paths of what no test can foresee. */
  readonly varies: readonly string[];
}

export function loadFixtures(dialect: string): readonly Fixture[] {
  const dir = join(FIXTURES_DIR, dialect);
  return readdirSync(dir)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')) as Fixture);
}

/** The frame that the server really sends for a document's example. */
export function expectedFrame({ frame, superseded = [] }: ServerFixture): JsonObject {
  return superseded.reduce((changed, { path, value }) => withValue(changed, path.split('.'), value), frame);
}

/**
 * A frame for comparing field by field: what varies is replaced by its kind, so that it must be there and be a number
 * where a number is expected. Use it on both sides.
 */
export function comparable(frame: JsonObject, { varies }: Pick<ServerFixture, 'varies'>): JsonObject {
  return varies.reduce((changed, path) => withKind(changed, path.split('.')), frame);
}

/** What a server calls the things that documents have names for. */
export class LearnedNames {
  private readonly names = new Map<string, string>();

  learn(documented: JsonObject, said: JsonObject, { learns = [] }: Pick<ServerFixture, 'learns'>): void {
    for (const path of learns.map((each) => each.split('.'))) {
      this.names.set(String(valueAt(documented, path)), String(valueAt(said, path)));
    }
  }

  /** A document's frame in the server's words. */
  asSaid(frame: JsonObject): JsonObject {
    return replaced(frame, this.names);
  }

  /** A frame of the server in the document's words. */
  asDocumented(frame: JsonObject): JsonObject {
    return replaced(
      frame,
      [...this.names].map(([documented, said]) => [said, documented] as const),
    );
  }
}

function replaced(frame: JsonObject, names: Iterable<readonly [string, string]>): JsonObject {
  let text = JSON.stringify(frame);
  for (const [from, to] of names) text = text.replaceAll(JSON.stringify(from), JSON.stringify(to));
  return JSON.parse(text) as JsonObject;
}

function valueAt(object: JsonObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => membersOf(value)[name], object);
}

function withValue(object: JsonObject, [name = '', ...rest]: readonly string[], value: unknown): JsonObject {
  if (rest.length > 0) return { ...object, [name]: withValue(membersOf(object[name]), rest, value) };
  if (value !== undefined) return { ...object, [name]: value };
  return Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
}

function withKind(object: JsonObject, path: readonly string[]): JsonObject {
  const found = valueAt(object, path);
  return found === undefined ? object : withValue(object, path, `any ${typeof found}`);
}

function membersOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
