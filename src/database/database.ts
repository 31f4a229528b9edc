import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UnavailableError } from '../domain/errors.js';
import { isDatabaseAway } from './database-errors.js';

/** Plain SQL over the pool. While the database is away it throws `UnavailableError`. */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await this.dataSource.query<Row[]>(sql, [...parameters]);
    } catch (error) {
      if (isDatabaseAway(error)) throw new UnavailableError('the database is away', {}, { cause: error });
      throw error;
    }
  }
}
