/** A migration could not get hold of its table. The message is for whoever started it. */
export class SchemaLockedError extends Error {
  override readonly name = 'SchemaLockedError';

  constructor(patienceMs: number, options: ErrorOptions) {
    super(
      `The schema could not be brought up to date: for ${Math.round(patienceMs / 1_000)} s a transaction has kept to itself what a migration needs.\n` +
        'End that transaction (pg_stat_activity shows it, by its xact_start) and start this again.',
      options,
    );
  }
}
