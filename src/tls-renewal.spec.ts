import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { readTlsPair, type TlsPair } from './tls-pair.js';
import { TlsRenewal } from './tls-renewal.js';

type Name = 'first' | 'second';
type Part = 'cert' | 'key';

const FIXTURES = join(__dirname, '..', 'test', 'fixtures', 'tls');
const fixture = (name: Name, part: Part): string => join(FIXTURES, `${name}.${part}.pem`);

describe('TlsRenewal', () => {
  let folder: string;
  let files: Record<Part, string>;
  /** What the server was given, by the certificate's name. */
  let given: string[];
  let renewal: TlsRenewal;
  let complaints: jest.SpyInstance;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), '.parlance-tls-'));
    files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    put('first', 'cert', 'key');
    given = [];
    complaints = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    jest.spyOn(Logger.prototype, 'log').mockReturnValue();
    const server = { setSecureContext: (pair: TlsPair) => given.push(nameOf(pair)) };
    const config = { certFile: files.cert, keyFile: files.key };
    renewal = new TlsRenewal(server, config, await readTlsPair(config));
  });

  afterEach(() => {
    renewal.stop();
    jest.restoreAllMocks();
    jest.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  const put = (name: Name, ...parts: Part[]): void => {
    for (const part of parts) writeFileSync(files[part], readFileSync(fixture(name, part)));
  };
  const nameOf = ({ cert }: TlsPair): string =>
    cert === readFileSync(fixture('first', 'cert'), 'latin1') ? 'first' : 'second';

  describe('look', () => {
    it('changes nothing where nothing has changed', async () => {
      put('first', 'cert', 'key');
      await renewal.look();
      expect(given).toEqual([]);
    });

    it('gives the server what was rewritten, once', async () => {
      put('second', 'cert', 'key');
      await renewal.look();
      await renewal.look();
      expect(given).toEqual(['second']);
    });

    it('follows files that are renamed, and links that are turned to another folder', async () => {
      for (const part of ['cert', 'key'] as const) {
        writeFileSync(`${files[part]}.new`, readFileSync(fixture('second', part)));
        renameSync(`${files[part]}.new`, files[part]);
      }
      await renewal.look();
      for (const part of ['cert', 'key'] as const) {
        symlinkSync(fixture('first', part), `${files[part]}.link`);
        renameSync(`${files[part]}.link`, files[part]);
      }
      await renewal.look();
      expect(given).toEqual(['second', 'first']);
    });

    it.each<[string, () => void]>([
      [
        'another key',
        () => {
          put('second', 'key');
        },
      ],
      [
        'another certificate',
        () => {
          put('second', 'cert');
        },
      ],
      [
        'an empty certificate',
        () => {
          truncateSync(files.cert);
        },
      ],
      [
        'half a key',
        () => {
          truncateSync(files.key, 100);
        },
      ],
      [
        'no key',
        () => {
          rmSync(files.key);
        },
      ],
    ])('keeps what there is while there is %s, says so once, and goes on afterwards', async (_what, spoil) => {
      spoil();
      await renewal.look();
      await renewal.look();
      expect(given).toEqual([]);
      expect(complaints).toHaveBeenCalledTimes(1);
      put('second', 'cert', 'key');
      await renewal.look();
      expect(given).toEqual(['second']);
    });

    it('never says what stands in the key', async () => {
      put('second', 'key');
      await renewal.look();
      expect(JSON.stringify(complaints.mock.calls)).not.toMatch(/PRIVATE|MIGH/);
    });
  });

  describe('start', () => {
    it('looks every five seconds, until it is stopped', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
      const looked = jest.spyOn(renewal, 'look').mockResolvedValue();
      renewal.start();
      await jest.advanceTimersByTimeAsync(10_000);
      expect(looked).toHaveBeenCalledTimes(2);
      renewal.stop();
      await jest.advanceTimersByTimeAsync(60_000);
      expect(looked).toHaveBeenCalledTimes(2);
    });
  });
});
