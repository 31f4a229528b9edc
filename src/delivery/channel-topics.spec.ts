import { patternMatches } from '../domain/topic-patterns.js';
import { matchesByName, matchesChannel, patternsOfChannel } from './channel-topics.js';

describe('patternsOfChannel', () => {
  it('are all patterns that match the topic of the channel', () => {
    const segments = ['chat', 'news', 'general', '*', '>'];
    const pairs = segments.flatMap((first) => segments.map((second) => `${first}.${second}`));
    const all = [...segments, ...pairs, ...pairs.map((pair) => `${pair}.*`), 'chat.general.>'];
    const wellFormed = all.filter((pattern) => !pattern.slice(0, -1).includes('>'));
    const matching = wellFormed.filter((pattern) => patternMatches(pattern, 'chat.general'));
    expect([...patternsOfChannel('general')].sort()).toEqual(matching.sort());
  });
});

describe('matchesChannel', () => {
  it('tells whether one of the subscriptions matches', () => {
    expect(matchesChannel(new Set(['chat.general', 'news']), 'general')).toBe(true);
    expect(matchesChannel(new Set(['chat.random', 'chat.general.x']), 'general')).toBe(false);
  });
});

describe('matchesByName', () => {
  it.each(['chat.*', 'chat.>', '*.*', '*.>', '>'])('is false where %s matches every channel', (pattern) => {
    expect(matchesByName(new Set(['chat.general', pattern]))).toBe(false);
  });

  it('is true else', () => {
    expect(matchesByName(new Set(['chat.general', '*.general', 'news.*']))).toBe(true);
  });
});
