import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import SwaggerParser from '@apidevtools/swagger-parser';
import { TestServer } from '../support/parlance.js';
import { Scrape } from '../support/prometheus-text.js';

const deploy = join(__dirname, '..', '..', 'deploy');
const ALERTS = join(deploy, 'prometheus', 'alerts.yaml');

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** What an expression may name besides: Prometheus' own. */
const UP = 'up';
const NAMES = /\b(?:parlance|process|nodejs)_\w+|\bup\b/g;
const LABELS = /\{([^}]*)\}/g;

function namesIn(expr: string): string[] {
  return expr.match(NAMES) ?? [];
}

/** Everything that opens is closed. */
function isBalanced(expr: string): boolean {
  const open: string[] = [];
  for (const character of expr.replace(/"[^"]*"/g, '')) {
    if ('([{'.includes(character)) open.push(character);
    else if (')]}'.includes(character) && '([{'.indexOf(open.pop() ?? '') !== ')]}'.indexOf(character)) return false;
  }
  return open.length === 0;
}

describe('deploy/', () => {
  let server: TestServer;
  let names: ReadonlySet<string>;
  let labels: ReadonlySet<string>;

  beforeAll(async () => {
    // Of events for other services there is something to see only where there is somebody to tell.
    const events = { EVENTS_WEBHOOK_URL: 'http://127.0.0.1:9/', EVENTS_WEBHOOK_SECRET: 'nobody checks it' };
    server = await TestServer.startAlone({ ...events, RATE_LIMIT_FRAMES: '5' });
    const client = await server.connect('Ann');
    await Promise.all(Array.from({ length: 20 }, () => client.ask('new', { chatId: 'Ben', message: 'x' })));
    const scrape = await Scrape.of(server.httpOrigin);
    names = new Set([...scrape.families.keys(), ...scrape.samples.map(({ name }) => name), UP]);
    labels = new Set([...scrape.samples.flatMap((sample) => Object.keys(sample.labels)), 'instance', 'job']);
  });

  afterAll(() => server.stop());

  const unknownIn = (expr: string): string[] => namesIn(expr).filter((name) => !names.has(name));
  const badLabelsIn = (expr: string): string[] =>
    [...expr.matchAll(LABELS)]
      .flatMap(([, matchers = '']) => [...matchers.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label = '']) => label))
      .filter((label) => !labels.has(label));

  describe('grafana/parlance.json', () => {
    const { panels } = JSON.parse(readFileSync(join(deploy, 'grafana', 'parlance.json'), 'utf8')) as {
      panels: readonly Panel[];
    };
    const shown = panels.filter(({ type }) => type !== 'row');

    it.each(shown)('asks only for what /metrics has: $title', ({ targets = [] }) => {
      expect(targets.length).toBeGreaterThan(0);
      for (const { expr } of targets) {
        expect(namesIn(expr).length).toBeGreaterThan(0);
        expect([expr, unknownIn(expr), badLabelsIn(expr)]).toEqual([expr, [], []]);
        expect([expr, isBalanced(expr)]).toEqual([expr, true]);
      }
    });

    it('shows everything that is ours', () => {
      const asked = new Set(shown.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr))));
      const ours = [...names].filter((name) => name.startsWith('parlance_'));
      const families = new Set(ours.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')));
      const missing = [...families].filter((family) => ![...asked].some((name) => name.startsWith(family)));
      expect(missing).toEqual([]);
    });

    it('has no two panels in one place', () => {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
    });
  });

  describe('prometheus/alerts.yaml', () => {
    let rules: readonly Rule[];

    beforeAll(async () => {
      // The parser reads YAML wherever a document of OpenAPI refers to it.
      const document = { openapi: '3.0.3', info: { title: '', version: '' }, paths: {}, 'x-alerts': { $ref: ALERTS } };
      const parsed = (await SwaggerParser.dereference(document)) as unknown as {
        'x-alerts': { groups: readonly { rules: readonly Rule[] }[] };
      };
      rules = parsed['x-alerts'].groups.flatMap((group) => group.rules);
    });

    it('asks only for what /metrics has', () => {
      expect(rules.length).toBeGreaterThan(10);
      for (const { alert, expr } of rules) {
        expect([alert, namesIn(expr).length > 0, isBalanced(expr)]).toEqual([alert, true, true]);
        expect([alert, unknownIn(expr), badLabelsIn(expr)]).toEqual([alert, [], []]);
      }
    });

    it('says of each what it means and what to do', () => {
      expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
      for (const { alert, for: lasting, labels: marked, annotations } of rules) {
        expect(alert).toMatch(/^Parlance[A-Z]\w+$/);
        expect(lasting).toMatch(/^\d+m$/);
        expect(['critical', 'warning', 'info']).toContain(marked.severity);
        expect(annotations.summary).toMatch(/\.$/);
        expect(annotations.description.length).toBeGreaterThan(60);
      }
    });
  });
});
