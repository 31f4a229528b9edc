import type { OutgoingFrame } from '../../domain/outgoing-frame.js';
import type { Outlet } from '../../domain/outlet.js';

/** Whether a reader may be sent the frame now. A single one over the bound must go too: it goes alone. */
export function hasRoomFor({ bytes }: OutgoingFrame, { bufferedBytes }: Outlet, maxBufferedBytes: number): boolean {
  return bufferedBytes === 0 || bufferedBytes + bytes <= maxBufferedBytes;
}
