import { Interests } from './interests.js';

describe('Interests', () => {
  let interests: Interests;

  beforeEach(() => {
    interests = new Interests();
  });

  it('lasts until it has ended as often as it was begun', () => {
    for (const subject of ['user.Ann', 'topic.a.*']) {
      interests.add(subject);
      interests.add(subject);
      interests.remove(subject);
    }
    expect(['user.Ann', 'topic.a.b'].map((subject) => interests.has(subject))).toEqual([true, true]);
    for (const subject of ['user.Ann', 'topic.a.*']) interests.remove(subject);
    expect(['user.Ann', 'topic.a.b'].map((subject) => interests.has(subject))).toEqual([false, false]);
  });

  it.each(['topic.a*', 'topic.>a', 'topic.a>', 'topic.>.a'])('takes %s for no pattern', (subject) => {
    interests.add(subject);
    expect(interests.has(subject)).toBe(true);
    expect(['topic.a', 'topic.ab', 'topic.b.a'].map((other) => interests.has(other))).toEqual([false, false, false]);
  });
});
