import { once } from 'node:events';

import { openSocketPair, type SocketPair } from '../../test/support/socket-pair.js';
import { OutgoingFrame } from '../domain/outgoing-frame.js';
import { FrameWriter } from './frame-writer.js';
import { WriteTick } from './write-tick.js';

/** Each of the header's three lengths, on both sides of its bounds, and text that is longer in bytes than in units. */
const texts = [0, 1, 125, 126, 127, 65_534, 65_535, 65_536, 70_000].map((length) => 'x'.repeat(length));
const wideText = 'ä€😂'.repeat(50);

describe('FrameWriter', () => {
  let pair: SocketPair;
  let writer: FrameWriter;
  let drained: number;
  let onDrained: () => void;
  let tick: WriteTick;

  async function open(options?: Parameters<typeof openSocketPair>[1]): Promise<void> {
    drained = 0;
    onDrained = () => undefined;
    tick = new WriteTick();
    const owner = {
      drained: () => {
        drained += 1;
        onDrained();
      },
    };
    pair = await openSocketPair((socket, stream) => {
      writer = new FrameWriter(socket, stream, tick, owner);
      socket.belongTo({
        frameReceived: () => undefined,
        pongReceived: () => undefined,
        socketClosing: () => {
          writer.flush();
        },
        socketFailed: () => undefined,
        socketClosed: () => undefined,
      });
    }, options);
  }

  const untilDrained = () =>
    new Promise<void>((resolve) => {
      onDrained = resolve;
    });

  afterEach(() => pair.end());

  describe('send', () => {
    it('sends texts of every length, in order', async () => {
      await open();
      for (const text of [...texts, wideText]) writer.send(text);
      expect(await pair.frames(texts.length + 1)).toEqual([...texts, wideText]);
    });

    it('writes once what one tick has sent', async () => {
      await open();
      const write = jest.spyOn(pair.stream, 'write');
      writer.send('first');
      writer.send('second');
      await Promise.resolve();
      writer.send('third');
      await pair.frames(3);
      expect(write).toHaveBeenCalledTimes(1);
    });

    it('writes large things before the tick ends', async () => {
      await open();
      const write = jest.spyOn(pair.stream, 'write');
      writer.send('x'.repeat(65_536));
      expect(write).toHaveBeenCalledTimes(1);
      expect(writer.bufferedBytes).toBe(pair.socket.bufferedAmount);
      await pair.frames(1);
    });

    it('sends nothing after the socket has begun to close', async () => {
      await open();
      pair.socket.close(4408, 'idle');
      writer.send('late');
      await once(pair.client, 'close');
      expect(pair.received).toEqual([]);
      expect(writer.bufferedBytes).toBe(0);
    });

    it('sends what was sent before a close frame before it', async () => {
      await open();
      writer.send('before');
      pair.socket.close(4408, 'idle');
      const [code] = (await once(pair.client, 'close')) as [number];
      expect(pair.received).toEqual(['before']);
      expect(code).toBe(4408);
    });

    it('sends bytes of every length as binary frames, between texts', async () => {
      await open();
      const kinds: boolean[] = [];
      pair.client.on('message', (_data, isBinary) => kinds.push(isBinary));
      for (const text of texts) {
        writer.send(text);
        writer.send(new OutgoingFrame(Buffer.from(text)));
      }
      expect(await pair.frames(texts.length * 2)).toEqual(texts.flatMap((text) => [text, text]));
      expect(kinds).toEqual(texts.flatMap(() => [false, true]));
    });

    it('sends a frame that many get like a text of its own', async () => {
      await open();
      writer.send('first');
      writer.send(new OutgoingFrame(wideText));
      expect(writer.bufferedBytes).toBe(5 + Buffer.byteLength(wideText));
      expect(await pair.frames(2)).toEqual(['first', wideText]);
    });

    it.each([
      ['one frame', new OutgoingFrame('{"to":"all"}'), new OutgoingFrame('{"to":"all"}')],
      ['one binary frame', new OutgoingFrame(Buffer.from([1, 2, 3])), undefined],
    ])('shares the bytes of %s among connections', async (_what, frame, equal) => {
      await open();
      const other = await openSocketPair(() => undefined);
      const otherWriter = new FrameWriter(other.socket, other.stream, tick, { drained: () => undefined });
      const writes = [pair, other].map(({ stream }) => jest.spyOn(stream, 'write'));
      writer.send(frame);
      otherWriter.send(equal ?? frame);
      await Promise.all([pair.frames(1), other.frames(1)]);
      const [first, second] = writes.map((write) => write.mock.calls[0]?.[0] as unknown);
      expect(first).toBe(second);
      await other.end();
    });

    it('shares nothing of frames that differ', async () => {
      await open();
      const other = await openSocketPair(() => undefined);
      const otherWriter = new FrameWriter(other.socket, other.stream, tick, { drained: () => undefined });
      for (const text of ['a', 'b']) writer.send(text);
      for (const content of ['a', Buffer.from('b')]) otherWriter.send(new OutgoingFrame(content));
      expect(await pair.frames(2)).toEqual(['a', 'b']);
      expect(await other.frames(2)).toEqual(['a', 'b']);
      await other.end();
    });

    it('shares the bytes of what several connections send alike', async () => {
      await open();
      const other = await openSocketPair(() => undefined);
      const otherWriter = new FrameWriter(other.socket, other.stream, tick, { drained: () => undefined });
      const writes = [pair, other].map(({ stream }) => jest.spyOn(stream, 'write'));
      for (const each of [writer, otherWriter]) each.send('{"to":"all"}');
      await Promise.all([pair.frames(1), other.frames(1)]);
      const [first, second] = writes.map((write) => write.mock.calls[0]?.[0] as unknown);
      expect(first).toBe(second);
      await other.end();
    });

    it('compresses where that was agreed', async () => {
      const perMessageDeflate = { threshold: 10 };
      await open({ server: { perMessageDeflate }, client: { perMessageDeflate: true } });
      const text = 'x'.repeat(50_000);
      const { bytesWritten } = pair.stream;
      writer.send('small');
      writer.send(text);
      writer.send(new OutgoingFrame(Buffer.from(text)));
      const drain = untilDrained();
      expect(await pair.frames(3)).toEqual(['small', text, text]);
      await drain;
      expect(pair.stream.bytesWritten - bytesWritten).toBeLessThan(1_000);
      expect(writer.bufferedBytes).toBe(0);
    });
  });

  describe('bufferedBytes', () => {
    it('counts what waits for the end of the tick, in bytes', async () => {
      await open();
      writer.send('€');
      expect(writer.bufferedBytes).toBe(3);
      await pair.frames(1);
      expect(writer.bufferedBytes).toBe(0);
    });

    it('counts what a slow reader does not take, until it does', async () => {
      await open();
      pair.client.pause();
      const text = 'x'.repeat(1_000_000);
      for (let sent = 0; sent < 20; sent += 1) writer.send(text);
      expect(writer.bufferedBytes).toBeGreaterThan(10_000_000);
      const drain = untilDrained();
      pair.client.resume();
      await drain;
      expect(writer.bufferedBytes).toBe(0);
      await pair.frames(20);
    });
  });

  describe('drained', () => {
    it('is told after a tick whose writes were taken at once, never from within send', async () => {
      await open();
      const drain = untilDrained();
      writer.send('x'.repeat(70_000));
      expect(drained).toBe(0);
      await drain;
      await pair.frames(1);
    });

    it('is told again when it is answered with more', async () => {
      await open();
      const rounds = new Promise<void>((resolve) => {
        onDrained = () => {
          if (drained === 3) resolve();
          else writer.send(`${drained}`);
        };
      });
      writer.send('0');
      await rounds;
      expect(await pair.frames(3)).toEqual(['0', '1', '2']);
    });
  });
});
