import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UnavailableError } from '../domain/errors.js';
import { isDatabaseAway } from './database-errors.js';

/** Plain SQL over the pool. While the database is away it throws `UnavailableError`. */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.reached(this.dataSource.query<Row[]>(sql, [...parameters]));
  }

  /** The outcome of work that uses the pool in another way: of TypeORM's repositories. */
  async reached<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (isDatabaseAway(error)) throw new UnavailableError('the database is away', {}, { cause: error });
      throw error;
    }
  }
}
