import { Injectable } from '@nestjs/common';
import { ConnectionDirectory, type ServerLoad } from '../../domain/connection-directory.js';
import { type Counts, CountsRepository } from './counts.repository.js';

export interface Stats extends Counts {
  readonly servers: readonly ServerLoad[];
}

@Injectable()
export class StatsService {
  constructor(
    private readonly connections: ConnectionDirectory,
    private readonly counts: CountsRepository,
  ) {}

  async read(): Promise<Stats> {
    const [servers, counts] = await Promise.all([this.connections.loads(), this.counts.read()]);
    return { servers, ...counts };
  }
}
