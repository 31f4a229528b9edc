import type { Server } from 'node:https';
import { Logger } from '@nestjs/common';
import type { TlsConfig } from './config/config.js';
import { errorText } from './domain/error-text.js';
import { readTlsPair, type TlsPair } from './tls-pair.js';

/**
 * How often the files are looked at, ms. By what they hold: they may be rewritten, renamed or, in Kubernetes, be links that
 * are turned to another folder, and no way of being told of changes knows all three.
 */
const LOOK_MS = 5_000;

/**
 * Gives new connections the certificate that stands in the files now; those that are open keep theirs. Files that do not fit
 * together, as in the middle of being replaced, change nothing.
 */
export class TlsRenewal {
  private readonly logger = new Logger(TlsRenewal.name);
  private timer: NodeJS.Timeout | undefined;
  /** What was last said to be wrong: it is said once. */
  private complaint: string | undefined;

  constructor(
    private readonly server: Pick<Server, 'setSecureContext'>,
    private readonly config: TlsConfig,
    /** What the server has begun with. */
    private current: TlsPair,
  ) {}

  start(): void {
    this.lookLater();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Reads the files. Never rejects. */
  async look(): Promise<void> {
    try {
      const pair = await readTlsPair(this.config);
      this.complaint = undefined;
      if (pair.cert === this.current.cert && pair.key === this.current.key) return;
      this.server.setSecureContext(pair);
      this.current = pair;
      this.logger.log('new connections are shown the new certificate');
    } catch (error) {
      this.complain(`the certificate stays as it was: ${errorText(error)}`);
    }
  }

  private complain(complaint: string): void {
    if (complaint !== this.complaint) this.logger.warn(complaint);
    this.complaint = complaint;
  }

  private lookLater(): void {
    const timer = setTimeout(() => void this.lookAndGoOn(timer), LOOK_MS);
    this.timer = timer;
  }

  private async lookAndGoOn(timer: NodeJS.Timeout): Promise<void> {
    await this.look();
    if (this.timer === timer) this.lookLater();
  }
}
