import type { WebSocket } from 'ws';

/** Keeps the text of every frame that the socket gets from now on, as it came. */
export function rawFrames(socket: WebSocket): readonly string[] {
  const texts: string[] = [];
  // Before the listeners of the client, whose waiting ends with the frame.
  socket.prependListener('message', (data: Buffer) => {
    texts.push(data.toString());
  });
  return texts;
}
