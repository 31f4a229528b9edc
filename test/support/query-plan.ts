import { Database } from '../../src/database/database.js';

/** As far as `explain (analyze, format json)` says what matters here. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

export interface ExplainedRow {
  readonly 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }];
}

/** Notes how each query is done. */
export class ExplainingDatabase extends Database {
  /** Of all queries so far. */
  readonly plan: PlanNode[] = [];

  override async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    this.plan.push(...nodesOf(await super.query<ExplainedRow>(`explain (analyze, format json) ${sql}`, parameters)));
    return super.query<Row>(sql, parameters);
  }
}

export function nodesOf([row]: readonly ExplainedRow[]): PlanNode[] {
  return row ? withBelow(row['QUERY PLAN'][0].Plan) : [];
}

/** Tables that were read from end to end. */
export function scanned(plan: readonly PlanNode[]): readonly unknown[] {
  return plan.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']);
}

export function indexesOf(plan: readonly PlanNode[]): readonly unknown[] {
  return plan.map((node) => node['Index Name']);
}

/** Entries of an index, or rows of a table, that were looked at, whether they were taken or not: of what was looked at most. */
export function looked(plan: readonly PlanNode[], isOf: (name: string) => boolean = () => true): number {
  const ofThese = plan.filter((node) => isOf(node['Relation Name'] ?? node['Index Name'] ?? ''));
  const counts = ofThese.map((node) => {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    return (node['Actual Rows'] + removed) * node['Actual Loops'];
  });
  return Math.max(0, ...counts);
}

function withBelow(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(withBelow)];
}
