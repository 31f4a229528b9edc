import { Metrics } from '../domain/metrics.js';
import { familiesOf } from './families.js';
import type { Family } from './family.js';

describe('familiesOf', () => {
  const metrics = new Metrics();
  const family = (name: string): Family | undefined => familiesOf(metrics).find((one) => one.name === name);

  it('has one for each thing that is counted, all with a help and names of their own', () => {
    const families = familiesOf(metrics);
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
    for (const { name, help } of families)
      expect([name, help]).toEqual([expect.stringMatching(/^parlance_/), expect.stringMatching(/\.$/)]);
  });

  it('shows a counter under its labels', () => {
    metrics.framesIn.of('messaging', 'new', 'ok').add(3);
    metrics.framesIn.of('messaging', 'new', '400').add();
    expect(family('parlance_frames_in_total')?.values).toEqual([
      { labels: { dialect: 'messaging', type: 'new', result: 'ok' }, value: 3 },
      { labels: { dialect: 'messaging', type: 'new', result: '400' }, value: 1 },
    ]);
  });

  it('shows a counter without labels from its beginning', () => {
    expect(family('parlance_rate_limited_total')?.values).toEqual([{ labels: {}, value: 0 }]);
  });

  it('shows in each bucket what the smaller ones hold too', () => {
    metrics.batchSizes.observe(1);
    metrics.batchSizes.observe(3, 2);
    metrics.batchSizes.observe(5_000);
    const values = family('parlance_batch_commands')?.values ?? [];
    const bucket = (le: string): unknown => values.find(({ labels }) => labels.le === le)?.value;
    expect([bucket('1'), bucket('2'), bucket('5'), bucket('1000'), bucket('+Inf')]).toEqual([1, 1, 3, 3, 4]);
    expect(values.slice(-2)).toEqual([
      { metricName: 'parlance_batch_commands_sum', labels: {}, value: 5_007 },
      { metricName: 'parlance_batch_commands_count', labels: {}, value: 4 },
    ]);
  });

  it('reads each gauge once, with the label that it has', () => {
    const read = jest.fn(() => [['messaging', 2] as const, ['realtime', 1] as const]);
    metrics.watch('connections', read);
    metrics.watch('users', () => [['', 3]]);
    const families = familiesOf(metrics);
    expect(families.find(({ name }) => name === 'parlance_connections')?.values).toEqual([
      { labels: { dialect: 'messaging' }, value: 2 },
      { labels: { dialect: 'realtime' }, value: 1 },
    ]);
    expect(families.find(({ name }) => name === 'parlance_users')?.values).toEqual([{ labels: {}, value: 3 }]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('says which version runs', () => {
    expect(family('parlance_build_info')?.values).toEqual([
      { labels: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string, node: process.version }, value: 1 },
    ]);
  });
});
