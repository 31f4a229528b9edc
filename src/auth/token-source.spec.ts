import { chooseSubprotocol, offeredSubprotocols, type TokenCarrier, tokenOf } from './token-source.js';

function request(headers: TokenCarrier['headers'], url = '/messaging'): TokenCarrier {
  return { headers, url };
}

describe('tokenOf', () => {
  it.each(['Bearer a.b.c', 'bearer a.b.c', 'BEARER  a.b.c '])('reads the header "%s"', (authorization) => {
    expect(tokenOf(request({ authorization }))).toBe('a.b.c');
  });

  it('reads the subprotocol from among others', () => {
    const header = 'messaging.v1,access_token.a.b.c , other';
    expect(tokenOf(request({ 'sec-websocket-protocol': header }))).toBe('a.b.c');
  });

  it('reads the query', () => {
    expect(tokenOf(request({}, '/ws?device=phone&token=a.b.c'))).toBe('a.b.c');
  });

  it('finds none where there is none', () => {
    expect(tokenOf(request({ 'sec-websocket-protocol': 'messaging.v1' }, '/ws?tokens=x'))).toBeUndefined();
    expect(tokenOf({ headers: {} })).toBeUndefined();
  });

  it('takes the header before the subprotocol, and that before the query', () => {
    const protocol = { 'sec-websocket-protocol': 'access_token.second' };
    expect(tokenOf(request({ authorization: 'Bearer first', ...protocol }, '/?token=third'))).toBe('first');
    expect(tokenOf(request(protocol, '/?token=third'))).toBe('second');
  });

  it.each(['Basic dXNlcg==', 'Bearer', 'Bearer a b', 'a.b.c', ''])(
    'holds the header "%s" for there and bad',
    (authorization) => {
      expect(tokenOf(request({ authorization }, '/?token=good'))).toBe('');
    },
  );

  it('holds an empty subprotocol and an empty query for there and bad', () => {
    expect(tokenOf(request({ 'sec-websocket-protocol': 'access_token.' }, '/?token=good'))).toBe('');
    expect(tokenOf(request({}, '/?token='))).toBe('');
  });

  it('takes an address that is no URL', () => {
    expect(tokenOf(request({}, '//?token=a'))).toBe('a');
  });
});

describe('offeredSubprotocols', () => {
  it("lists them in the client's order, without blanks", () => {
    const header = { 'sec-websocket-protocol': ' b.v1, ,a.v1,' };
    expect(offeredSubprotocols(request(header))).toEqual(['b.v1', 'a.v1']);
    expect(offeredSubprotocols(request({}))).toEqual([]);
  });
});

describe('chooseSubprotocol', () => {
  const dialects = ['messaging.v1', 'concord.v1', 'realtime.v1'];

  it.each([
    ['the dialect, whatever else is offered', ['access_token.x', 'other', 'concord.v1'], 'concord.v1'],
    ["the first of several dialects in the client's order", ['realtime.v1', 'messaging.v1'], 'realtime.v1'],
    ['the token where nothing else is offered', ['access_token.x'], 'access_token.x'],
    ['none where an unknown one is offered beside the token', ['access_token.x', 'other'], undefined],
    ['none where only an unknown one is offered', ['other'], undefined],
    ['none where nothing is offered', [], undefined],
  ])('chooses %s', (_what, offered, chosen) => {
    expect(chooseSubprotocol(offered, dialects)).toBe(chosen);
  });
});
