const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const HELP = /^# HELP (\S+) (.+)$/;
const TYPE = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/;
/** What samples of a family may be called besides. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly samples: Sample[];
}

/** One answer of `/metrics`, read strictly: whatever the text format 0.0.4 does not allow is thrown. */
export class Scrape {
  readonly families = new Map<string, Family>();
  private readonly seen = new Set<string>();

  private constructor(text: string) {
    if (!text.endsWith('\n')) throw new Error('the last line does not end');
    let open: Family | undefined;
    let described: string | undefined;
    for (const line of text.slice(0, -1).split('\n')) {
      if (line === '') continue;
      if (!line.startsWith('#')) {
        this.take(line, open);
        continue;
      }
      if (described === undefined) {
        described = nameIn(HELP, line);
        open = undefined;
      } else {
        open = this.open(line, described);
        described = undefined;
      }
    }
    for (const family of this.families.values()) if (family.type === 'histogram') checkHistogram(family);
  }

  static parse(text: string): Scrape {
    return new Scrape(text);
  }

  /** @param httpOrigin of a server */
  static async of(httpOrigin: string): Promise<Scrape> {
    const answer = await fetch(`${httpOrigin}/metrics`);
    if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
    return Scrape.parse(await answer.text());
  }

  get samples(): Sample[] {
    return [...this.families.values()].flatMap(({ samples }) => samples);
  }

  /** The sum of all samples of the name that have these labels; 0 where there is none. */
  sum(name: string, labels: Labels = {}): number {
    return this.samples.filter((sample) => fits(sample, name, labels)).reduce((sum, { value }) => sum + value, 0);
  }

  /** The values of one label, each with its sum. */
  by(name: string, label: string, labels: Labels = {}): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const sample of this.samples.filter((one) => fits(one, name, labels))) {
      const key = sample.labels[label] ?? '';
      sums[key] = (sums[key] ?? 0) + sample.value;
    }
    return sums;
  }

  private open(line: string, described: string): Family {
    const name = nameIn(TYPE, line);
    if (name !== described) throw new Error(`HELP of ${described} is followed by: ${line}`);
    if (this.families.has(name)) throw new Error(`${name} is there twice`);
    const family = { name, type: TYPE.exec(line)?.[2] ?? '', samples: [] };
    this.families.set(name, family);
    return family;
  }

  private take(line: string, family: Family | undefined): void {
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name === '' || !VALUE.test(value)) throw new Error(`no sample: ${line}`);
    if (!family) throw new Error(`of no family: ${line}`);
    const names = (SUFFIXES[family.type] ?? ['']).map((suffix) => `${family.name}${suffix}`);
    if (!names.includes(name)) throw new Error(`not of ${family.name}: ${line}`);
    const sample = { name, labels: labelsOf(labels), value: Number(value.replace('Inf', 'Infinity')) };
    const identity = `${name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (this.seen.has(identity)) throw new Error(`twice: ${line}`);
    this.seen.add(identity);
    if (family.type === 'counter' && !(sample.value >= 0)) throw new Error(`a counter below 0: ${line}`);
    family.samples.push(sample);
  }
}

function fits(sample: Sample, name: string, labels: Labels): boolean {
  return sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
}

function nameIn(pattern: RegExp, line: string): string {
  const name = pattern.exec(line)?.[1] ?? '';
  if (!NAME.test(name)) throw new Error(`unexpected: ${line}`);
  return name;
}

function labelsOf(text: string): Labels {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== '';) {
    const [whole, name = '', value = ''] = LABEL.exec(rest) ?? [];
    if (whole === undefined || name in labels) throw new Error(`no labels: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(whole.length);
  }
  return labels;
}

/** Buckets ascend, hold what smaller ones hold, and the last holds everything. */
function checkHistogram({ name, samples }: Family): void {
  const series = new Map<string, { le: number; value: number }[]>();
  for (const { name: sampleName, labels, value } of samples) {
    if (sampleName !== `${name}_bucket`) continue;
    const { le = '', ...others } = labels;
    const key = JSON.stringify(Object.entries(others).sort());
    series.set(key, [...(series.get(key) ?? []), { le: Number(le.replace('Inf', 'Infinity')), value }]);
  }
  for (const [key, buckets] of series) {
    const rising = buckets.every(
      ({ le, value }, index) =>
        index === 0 || (le > (buckets[index - 1]?.le ?? 0) && value >= (buckets[index - 1]?.value ?? 0)),
    );
    const last = buckets.at(-1);
    const labels = Object.fromEntries(JSON.parse(key) as [string, string][]);
    const count = samples.find(
      (sample) =>
        fits(sample, `${name}_count`, labels) && Object.keys(sample.labels).length === Object.keys(labels).length,
    );
    if (!rising || last?.le !== Infinity || last.value !== count?.value)
      throw new Error(`a bad histogram: ${name} ${key}`);
  }
}
