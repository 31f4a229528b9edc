import { Injectable } from '@nestjs/common';

import type { DialectName } from '../domain/dialect-name.js';
import { type Counter, Metrics } from '../domain/metrics.js';

/** Counts what clients sent, and what came of it. What went well is counted without making a key. */
@Injectable()
export class FramesIn {
  private readonly done: Readonly<Record<DialectName, Map<string, Counter>>> = {
    messaging: new Map(),
    concord: new Map(),
    realtime: new Map(),
  };

  constructor(private readonly metrics: Metrics) {}

  /** @param type a word of ours: a payloadType that somebody handles, `ack`, `ping` or `unknown` */
  wentWell(dialect: DialectName, type: string): void {
    const counters = this.done[dialect];
    let counter = counters.get(type);
    if (!counter) counters.set(type, (counter = this.metrics.framesIn.of(dialect, type, 'ok')));
    counter.add();
  }

  /** @param code the error's */
  failed(dialect: DialectName, type: string, code: number): void {
    this.metrics.framesIn.of(dialect, type, String(code)).add();
  }
}
