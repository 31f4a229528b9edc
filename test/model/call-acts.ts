import type { Device, Request } from './device.js';
import type { KnownCall } from './known-calls.js';
import { pick } from './pick.js';
import { chatIdOf, type Doing } from './stage.js';
import type { CallAct, Step } from './step.js';

const CALL_TYPES = ['audio', 'video'];

export const CALL_ACTS: Readonly<Record<CallAct, Doing>> = {
  newCall: async (device, step, stage) => {
    return device.request('newCall', { chatId: chatIdOf(device, step, stage), callType: pick(CALL_TYPES, step.which) });
  },

  acceptCall: async (device, step) => answer('acceptCall', device, step, ringing),
  declineCall: async (device, step) => answer('declineCall', device, step, ringing),
  closeCall: async (device, step) => answer('closeCall', device, step, goingOn),
};

/** Mostly one that it makes sense for, and one of the last, for which others are likely to do something at the same time. */
async function answer(
  payloadType: CallAct,
  device: Device,
  { which }: Step,
  isMeant: (call: KnownCall) => boolean,
): Promise<Request | undefined> {
  const { all } = device.replica.calls;
  const calls = which % 5 === 0 ? all : all.filter(isMeant).slice(-2);
  const call = pick(calls, which >> 3);
  return call && device.request(payloadType, { callId: call.callId });
}

function ringing({ rings }: KnownCall): boolean {
  return rings;
}

function goingOn({ logged }: KnownCall): boolean {
  return !logged;
}
