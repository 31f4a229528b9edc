import fc from 'fast-check';

import { Audience, type OtherMember } from './audience.js';

describe('Audience', () => {
  describe('reach', () => {
    it('is the least of all who are there', () => {
      const audience = new Audience([
        { joinedNumber: 0, dlvrdTo: 9, readTo: 4 },
        { joinedNumber: 2, dlvrdTo: 6, readTo: 5 },
      ]);
      expect(audience.reach).toEqual({ since: 0, dlvrdTo: 6, readTo: 4 });
    });
  });

  describe('countsOf', () => {
    it('counts those who were there for the message', () => {
      const member = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map(([joinedNumber, read, dlvrd]): OtherMember => {
        const readTo = joinedNumber + read;
        return { joinedNumber, readTo, dlvrdTo: readTo + dlvrd };
      });
      fc.assert(
        fc.property(fc.array(member), fc.integer({ min: 1, max: 60 }), (others, number) => {
          const there = others.filter((other) => other.joinedNumber < number);
          expect(new Audience(others).countsOf(number)).toEqual({
            dlvrd: there.filter((other) => other.dlvrdTo >= number).length,
            read: there.filter((other) => other.readTo >= number).length,
          });
        }),
      );
    });
  });
});
