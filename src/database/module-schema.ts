import type { MigrationInterface } from 'typeorm';

type Class<T> = new () => T;

/** What a module keeps in the database. Its tables begin with its name, so that they are nobody else's. */
export interface ModuleSchema {
  /** Small letters, digits and dashes. For good: by it the database knows which migrations it has had. */
  readonly name: string;
  /** In this order, after the server's own, each once and in a transaction of its own. New ones are added at the end. */
  readonly migrations?: readonly Class<MigrationInterface>[];
  /** Of TypeORM, for its repositories. */
  readonly entities?: readonly Class<object>[];
}

/** What a module brings does not fit this database, or another module. The message is for whoever starts the server. */
export class ModuleSchemaError extends Error {
  override readonly name = 'ModuleSchemaError';
}
