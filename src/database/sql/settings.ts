/**
 * Planner settings that the log's functions carry. Plans made while the tables are empty stay cached in held connections:
 * without these a fresh database is four to nine times slower, because it keeps scanning what has become large.
 */
export const PLANNER_SETTINGS = `
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
  set jit = off`;

/** For functions that look up a few rows in each of several tables: planned while those are empty, a join would read one of them whole. */
export const LOOKUP_SETTINGS = `${PLANNER_SETTINGS}
  set enable_hashjoin = off
  set enable_mergejoin = off`;
