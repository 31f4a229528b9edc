import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Where Debian puts it, unless `CHROMIUM_PATH` names another. */
export const CHROMIUM_PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why there is no browser to test with; undefined where there is one. */
export function missingChromium(): string | undefined {
  return existsSync(CHROMIUM_PATH)
    ? undefined
    : `there is no Chromium at ${CHROMIUM_PATH}, CHROMIUM_PATH names another`;
}

export const CHROMIUM_ARGS: readonly string[] = [
  '--no-sandbox',
  // Two pages of one machine find each other by its addresses, without a name service and without a network.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--allow-loopback-in-peer-connection',
];

/**
 * A client of the messaging dialect that does nothing but make calls, as somebody would write one from the documents. `phone` is what
 * the test asks of it; what each page was told stands in `phone.told`.
 */
const PAGE = `<!doctype html>
<title>A phone</title>
<script>
  const phone = { told: [], texts: [] };
  const answers = new Map();
  let socket, peer, channel, callId, other, requests = 0;

  phone.connect = (url, iceServers) =>
    new Promise((resolve, reject) => {
      phone.iceServers = iceServers;
      socket = new WebSocket(url);
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error('no connection'));
      socket.onmessage = ({ data }) => hear(JSON.parse(data));
    });

  function ask(payloadType, payload) {
    const id = 'r' + ++requests;
    socket.send(JSON.stringify({ type: 'request', id, timestamp: Date.now(), payloadType, payload }));
    return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
  }

  function hear({ type, id, eventType, payload, error }) {
    if (type === 'response') {
      if (error) answers.get(id)?.reject(new Error(error.message));
      else answers.get(id)?.resolve(payload);
      return;
    }
    if (id !== undefined) socket.send(JSON.stringify({ type: 'ack', id }));
    phone.told.push(eventType);
    if (eventType === 'newCall') answer(payload);
    if (eventType === 'signal') take(payload.data);
    if (eventType === 'closeCall') phone.closed = payload;
  }

  const signal = (data) => ask('signal', { callId, to: other, data });

  function begin() {
    peer = new RTCPeerConnection({ iceServers: phone.iceServers });
    peer.onicecandidate = ({ candidate }) => candidate && signal({ candidate });
    peer.ondatachannel = (event) => open(event.channel);
  }

  function open(opened) {
    channel = opened;
    channel.onmessage = ({ data }) => phone.texts.push(data);
  }

  /** Candidates may overtake what they belong to on no connection, but they may come before this page has taken it. */
  let turn = Promise.resolve();
  function take(data) {
    turn = turn.then(async () => {
      if (!data.description) return peer.addIceCandidate(data.candidate);
      await peer.setRemoteDescription(data.description);
      if (data.description.type !== 'offer') return;
      await peer.setLocalDescription();
      await signal({ description: peer.localDescription });
    });
  }

  phone.call = async (userId) => {
    other = userId;
    ({ callId } = await ask('newCall', { chatId: userId, callType: 'video' }));
    begin();
    open(peer.createDataChannel('talk'));
    await peer.setLocalDescription();
    await signal({ description: peer.localDescription });
    return callId;
  };

  function answer(call) {
    ({ callId, caller: other } = call);
    begin();
    turn = turn.then(() => ask('acceptCall', { callId }));
  }

  phone.isOpen = () => channel?.readyState === 'open';
  phone.say = (text) => channel.send(text);
  phone.hangUp = () => ask('closeCall', { callId });
</script>
`;

/** Serves the page on an origin of its own. */
export class CallPage {
  private constructor(private readonly server: Server) {}

  static async serve(): Promise<CallPage> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CallPage(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
