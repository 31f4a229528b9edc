import { type MessageRow, toHistoryMessage } from './message-row.js';

const row: MessageRow = {
  number: 3,
  sender: 'User1',
  client_message_id: null,
  kind: 'new',
  text: null,
  payload: '{"own":1}',
  attachments: null,
  forwarded: null,
  reactions: null,
  created_at: 1_000,
  updated_at: null,
  deleted_at: null,
  call: null,
  quoted_number: null,
  quoted_client_message_id: null,
  quoted_sender: '',
  quoted_text: null,
  quoted_created_at: 0,
};

function shown(message: Partial<MessageRow>, reader = 'User2'): unknown {
  return JSON.parse(JSON.stringify(toHistoryMessage({ ...row, ...message }, { reader, status: 'unread' })));
}

const call = {
  callId: 'call_0123456789abcdefghijkl',
  caller: 'User1',
  callType: 'video',
  participants: ['User1', 'User2'],
  startedAt: 1_000,
  ringsUntil: 61_000,
};
const stored = { callType: 'video', callId: call.callId, caller: 'User1', participants: ['User1', 'User2'] };

describe('toHistoryMessage', () => {
  it('shows an open call by who calls whom', () => {
    const open = { kind: 'call', payload: null, call: JSON.stringify(call) } as const;
    expect(shown(open)).toEqual({
      messageId: 3,
      sender: 'User1',
      payload: { direction: 'incoming', ...stored, callDuration: 0 },
      type: 'call',
      status: 'unread',
      createdAt: 1_000,
    });
    expect(shown(open, 'User1')).toMatchObject({ payload: { direction: 'outgoing' } });
  });

  it('shows how a call has ended', () => {
    const ended = { ...call, acceptedAt: 2_000, ended: { at: 9_500, status: 'received', durationS: 7 } };
    expect(shown({ kind: 'call', payload: null, call: JSON.stringify(ended) })).toMatchObject({
      payload: { direction: 'incoming', status: 'received', ...stored, callDuration: 7 },
    });
  });

  it('shows the payload of a message that has no text', () => {
    expect(shown({})).toEqual({
      messageId: 3,
      sender: 'User1',
      payload: { own: 1 },
      type: 'new',
      status: 'unread',
      createdAt: 1_000,
    });
  });

  it('shows the text alone where there is one', () => {
    expect(shown({ text: 'Hi', payload: '{"message":"Hi"}' })).toEqual({
      messageId: 3,
      sender: 'User1',
      message: 'Hi',
      type: 'new',
      status: 'unread',
      createdAt: 1_000,
    });
  });
});
