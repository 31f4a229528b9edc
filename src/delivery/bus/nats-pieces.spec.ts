import { randomBytes } from 'node:crypto';

import { MAX_WHOLE_BYTES, NatsPieces, piecesOf } from './nats-pieces.js';

describe('NatsPieces', () => {
  const whole = randomBytes(1_000);
  let pieces: NatsPieces;

  beforeEach(() => {
    pieces = new NatsPieces();
  });

  const added = (some: Iterable<Buffer>): unknown[] => Array.from(some, (piece) => pieces.add(piece));

  describe('add', () => {
    it.each([1, 99, 500, 999, 1_000, 5_000])('puts together pieces of %d bytes', (pieceBytes) => {
      const results = added(piecesOf(whole, pieceBytes));
      expect(results.pop()).toEqual(whole);
      expect(new Set(results)).toEqual(new Set(results.length > 0 ? [undefined] : []));
    });

    it.each([0, 1, 4, 8])('tells once that piece %d is missing, and takes what comes next', (missing) => {
      const results = added([...piecesOf(whole, 100)].filter((_, place) => place !== missing));
      expect(results.filter((result) => result !== undefined)).toEqual(['lost']);
      expect(added(piecesOf(whole, 600))).toEqual([undefined, whole]);
    });

    it('tells of the next whole where the last pieces of one are missing', () => {
      added([...piecesOf(whole, 100)].slice(0, 5));
      expect(added(piecesOf(whole, 600))).toEqual([undefined, whole]);
    });

    it('passes over what is no piece', () => {
      expect(added([Buffer.alloc(0), Buffer.from('x'), Buffer.from('1 '), Buffer.from('-1 2\n')])).not.toContainEqual(
        expect.any(Buffer),
      );
      expect(added(piecesOf(whole, 600))).toEqual([undefined, whole]);
    });

    it('holds no more than a server may say at once', () => {
      const half = Buffer.concat([Buffer.from('0 3\n'), Buffer.alloc(MAX_WHOLE_BYTES / 2)]);
      const next = (place: number): Buffer => Buffer.concat([Buffer.from(`${place} 3\n`), half.subarray(4)]);
      expect(added([half, next(1), next(2)])).toEqual([undefined, undefined, 'lost']);
    });
  });
});
