import { readConfig } from '../config/read-config.js';
import { NO_TRACING } from '../domain/tracing.js';
import { openTracing } from './open-tracing.js';

let loaded = false;
jest.mock('./otlp-tracing', () => {
  loaded = true;
  return { OtlpTracing: jest.fn() };
});

describe('openTracing', () => {
  it('loads nothing where no traces are wanted', async () => {
    expect(await openTracing(readConfig({}))).toBe(NO_TRACING);
    expect(loaded).toBe(false);
  });

  it('loads what traces where they are', async () => {
    const tracing = await openTracing(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }));
    expect(tracing).not.toBe(NO_TRACING);
    expect(loaded).toBe(true);
  });
});
