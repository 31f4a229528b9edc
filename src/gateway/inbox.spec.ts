import fc from 'fast-check';

import type { HandlingOrder } from '../dispatch/handler.js';
import { Inbox, InboxFrame, type InboxOwner, MAX_RUNNING_EXCLUSIVE } from './inbox.js';

const nobody: InboxOwner = { inboxEmptied: () => undefined };

class Frame extends InboxFrame {
  onStart: () => void = () => undefined;

  constructor(
    readonly name: string,
    key: string | undefined,
    order: HandlingOrder,
    private readonly started: Frame[],
  ) {
    super(key, order, 10);
  }

  override start(): void {
    this.started.push(this);
    this.onStart();
  }
}

describe('Inbox', () => {
  let inbox: Inbox;
  let started: Frame[];
  let emptied: number;

  beforeEach(() => {
    started = [];
    emptied = 0;
    inbox = new Inbox({ frames: 8, bytes: 1_000 }, { inboxEmptied: () => (emptied += 1) });
  });

  function add(name: string, key: string | undefined, order: HandlingOrder): Frame {
    const frame = new Frame(name, key, order, started);
    inbox.add(frame);
    return frame;
  }

  const names = () => started.map(({ name }) => name);

  describe('add', () => {
    it('starts an append once the one before has its place', () => {
      const first = add('first', 'A', 'append');
      add('second', 'A', 'append');
      expect(names()).toEqual(['first']);
      inbox.placed(first);
      expect(names()).toEqual(['first', 'second']);
    });

    it('starts an append once the one before has ended', () => {
      const first = add('first', 'A', 'append');
      add('second', 'A', 'append');
      inbox.ended(first);
      expect(names()).toEqual(['first', 'second']);
    });

    it('starts another frame only once all before it with its key have ended', () => {
      const first = add('first', 'A', 'append');
      const second = add('second', 'A', 'append');
      add('read', 'A', 'exclusive');
      inbox.placed(first);
      inbox.placed(second);
      inbox.ended(second);
      expect(names()).toEqual(['first', 'second']);
      inbox.ended(first);
      expect(names()).toEqual(['first', 'second', 'read']);
    });

    it('starts frames with another key at once', () => {
      add('first', 'A', 'exclusive');
      add('other', 'B', 'exclusive');
      expect(names()).toEqual(['first', 'other']);
    });

    it('starts one without a key once all before it have ended, and lets later ones pass', () => {
      const first = add('first', 'A', 'exclusive');
      add('all', undefined, 'append');
      add('later', 'B', 'append');
      expect(names()).toEqual(['first', 'later']);
      inbox.ended(first);
      expect(names()).toEqual(['first', 'later', 'all']);
    });

    it('starts a barrier once all before it have ended, and nothing behind it before that', () => {
      const first = add('first', 'A', 'append');
      const barrier = add('barrier', 'A', 'barrier');
      add('same', 'A', 'append');
      add('other', 'B', 'append');
      add('all', undefined, 'exclusive');
      inbox.placed(first);
      expect(names()).toEqual(['first']);
      inbox.ended(first);
      expect(names()).toEqual(['first', 'barrier']);
      inbox.placed(barrier);
      expect(names()).toEqual(['first', 'barrier']);
      inbox.ended(barrier);
      expect(names()).toEqual(['first', 'barrier', 'same', 'other']);
    });

    it('starts barriers one after the other, and what stands between two of them between them', () => {
      const first = add('first', undefined, 'barrier');
      const between = add('between', 'A', 'append');
      const second = add('second', undefined, 'barrier');
      add('last', 'B', 'append');
      inbox.ended(first);
      expect(names()).toEqual(['first', 'between']);
      inbox.ended(between);
      expect(names()).toEqual(['first', 'between', 'second']);
      inbox.ended(second);
      expect(names()).toEqual(['first', 'between', 'second', 'last']);
    });

    it('starts what comes after a barrier that has ended at once', () => {
      inbox.ended(add('barrier', undefined, 'barrier'));
      add('later', 'A', 'append');
      expect(names()).toEqual(['barrier', 'later']);
    });

    it('starts a few exclusive frames at a time', () => {
      const first = add('first', 'A', 'exclusive');
      for (let index = 0; index < MAX_RUNNING_EXCLUSIVE; index += 1) add(`${index}`, `${index}`, 'exclusive');
      expect(started).toHaveLength(MAX_RUNNING_EXCLUSIVE);
      inbox.ended(first);
      expect(started).toHaveLength(MAX_RUNNING_EXCLUSIVE + 1);
    });

    it('takes ten thousand frames that are placed as they start', () => {
      const first = add('first', 'A', 'append');
      for (let index = 0; index < 10_000; index += 1) {
        const frame = add(`${index}`, 'A', 'append');
        frame.onStart = () => {
          inbox.placed(frame);
        };
      }
      inbox.placed(first);
      expect(started).toHaveLength(10_001);
    });
  });

  describe('full', () => {
    it('is full at its bound of frames', () => {
      const first = add('first', 'A', 'append');
      for (let index = 1; index < 8; index += 1) add(`${index}`, 'A', 'append');
      expect(inbox.full).toBe(true);
      inbox.ended(first);
      expect(inbox.full).toBe(false);
    });

    it('is full at its bound of bytes', () => {
      inbox = new Inbox({ frames: 8, bytes: 20 }, nobody);
      add('first', 'A', 'append');
      expect(inbox.full).toBe(false);
      add('second', 'A', 'append');
      expect(inbox.full).toBe(true);
    });
  });

  describe('hold', () => {
    it('keeps a barrier waiting', () => {
      inbox.hold(true);
      add('barrier', undefined, 'barrier');
      expect(names()).toEqual([]);
      inbox.hold(false);
      expect(names()).toEqual(['barrier']);
    });

    it('keeps exclusive frames waiting and lets appends go on', () => {
      inbox.hold(true);
      add('read', 'A', 'exclusive');
      add('append', 'B', 'append');
      expect(names()).toEqual(['append']);
      inbox.hold(false);
      expect(names()).toEqual(['append', 'read']);
    });
  });

  describe('drop', () => {
    it('starts nothing any more and is empty when what runs has ended', () => {
      const running = add('running', 'A', 'append');
      add('waiting', 'A', 'exclusive');
      inbox.drop();
      add('late', 'B', 'append');
      expect(inbox.empty).toBe(false);
      inbox.ended(running);
      expect(names()).toEqual(['running']);
      expect(inbox.empty).toBe(true);
      expect(emptied).toBe(1);
    });

    it('starts nothing behind a barrier that ends later', () => {
      const barrier = add('barrier', undefined, 'barrier');
      add('waiting', 'A', 'append');
      inbox.drop();
      inbox.ended(barrier);
      expect(names()).toEqual(['barrier']);
      expect(inbox.empty).toBe(true);
    });
  });

  it('starts what the rules allow, all of it and nothing else', () => {
    const key = fc.constantFrom('A', 'B', 'C', undefined);
    const order = fc.constantFrom<HandlingOrder>('append', 'append', 'exclusive', 'exclusive', 'barrier');
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ does: fc.constant('add' as const), key, order }) },
      {
        weight: 2,
        arbitrary: fc.record({ does: fc.constantFrom('placed' as const, 'ended' as const), which: fc.nat() }),
      },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('hold' as const), held: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        for (const [index, action] of steps.entries()) {
          if (action.does === 'add') model.add(`${index}`, action.key, action.order);
          else if (action.does === 'hold') model.hold(action.held);
          else model.tell(action.does, action.which);
          model.check();
        }
        model.finish();
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The rules as they are written, over a plain list that nobody takes anything out of. */
class Model {
  private readonly all: Frame[] = [];
  private readonly started: Frame[] = [];
  private readonly placed = new Set<Frame>();
  private readonly ended = new Set<Frame>();
  private held = false;
  private readonly inbox = new Inbox({ frames: 1_000, bytes: 1_000 }, nobody);

  add(name: string, key: string | undefined, order: HandlingOrder): void {
    const frame = new Frame(name, key, order, this.started);
    frame.onStart = () => {
      expect(this.mayStart(frame)).toBe(true);
      if (frame.order !== 'append') expect(this.held).toBe(false);
      expect(this.runningExclusives()).toBeLessThanOrEqual(MAX_RUNNING_EXCLUSIVE);
    };
    this.all.push(frame);
    this.inbox.add(frame);
  }

  tell(what: 'placed' | 'ended', which: number): void {
    const running = this.started.filter((frame) => !this.ended.has(frame));
    const frame = running[which % Math.max(1, running.length)];
    if (!frame) return;
    this[what].add(frame);
    this.inbox[what](frame);
  }

  hold(held: boolean): void {
    this.held = held;
    this.inbox.hold(held);
  }

  check(): void {
    const slots = !this.held && this.runningExclusives() < MAX_RUNNING_EXCLUSIVE;
    for (const frame of this.all) {
      if (this.started.includes(frame) || !this.mayStart(frame)) continue;
      expect({ isAppend: frame.order === 'append', slots }).toEqual({ isAppend: false, slots: false });
    }
    expect(this.inbox.empty).toBe(this.all.length === this.ended.size);
    expect(new Set(this.started).size).toBe(this.started.length);
  }

  finish(): void {
    this.hold(false);
    while (this.ended.size < this.started.length) this.tell('ended', 0);
    expect(this.started).toHaveLength(this.all.length);
  }

  private mayStart(frame: Frame): boolean {
    const earlier = this.all.slice(0, this.all.indexOf(frame));
    if (frame.key === undefined) return earlier.every((other) => this.ended.has(other));
    if (earlier.some((other) => other.order === 'barrier' && !this.ended.has(other))) return false;
    const sameKey = earlier.filter(({ key }) => key === frame.key);
    if (frame.order === 'exclusive') return sameKey.every((other) => this.ended.has(other));
    const previous = sameKey.at(-1);
    return previous === undefined || this.placed.has(previous) || this.ended.has(previous);
  }

  private runningExclusives(): number {
    return this.started.filter((frame) => frame.order !== 'append' && !this.ended.has(frame)).length;
  }
}
