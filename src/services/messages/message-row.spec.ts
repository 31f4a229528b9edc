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
  quoted_number: null,
  quoted_client_message_id: null,
  quoted_sender: '',
  quoted_text: null,
  quoted_created_at: 0,
};

function shown(message: Partial<MessageRow>): unknown {
  return JSON.parse(JSON.stringify(toHistoryMessage({ ...row, ...message }, { status: 'unread' })));
}

describe('toHistoryMessage', () => {
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
