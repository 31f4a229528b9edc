import 'reflect-metadata';

import { plainToInstance, Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
  validateSync,
} from 'class-validator';
import fc from 'fast-check';

import { PayloadValidator } from './payload-validator.js';

class PartDto {
  @IsIn(['file', 'image'])
  readonly type!: string;

  @IsString()
  readonly url!: string;

  @IsOptional()
  @IsObject()
  readonly meta?: object;
}

class TargetDto {
  @IsString()
  readonly chatId!: string;
}

class SampleDto extends TargetDto {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  readonly count?: number;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  readonly names?: readonly string[];

  @IsOptional()
  @IsArray()
  @ValidateNested()
  @Type(() => PartDto)
  readonly parts?: readonly PartDto[];

  @IsOptional()
  @ValidateNested()
  @Type(() => PartDto)
  readonly cover?: PartDto;

  @ValidateIf((sample: SampleDto) => sample.count === undefined)
  @IsBoolean()
  readonly all!: boolean;

  @IsOptional()
  @ValidateBy({ name: 'isEven', validator: { validate: (value) => typeof value === 'number' && value % 2 === 0 } })
  readonly even?: number;

  @IsOptional()
  readonly anything?: unknown;
}

const validator = new PayloadValidator(SampleDto, 8);
const good = { chatId: 'User2', all: true };
const faultyField = (payload: object) => validator.faultyField(payload, true);

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('PayloadValidator', () => {
  describe('faultyField', () => {
    it('finds nothing in a good payload, whatever else it holds', () => {
      expect(
        faultyField({ ...good, extra: '\0', names: [], parts: [{ type: 'file', url: '', more: 1 }] }),
      ).toBeUndefined();
    });

    it('names the first faulty field in the order of declaration, a base class first', () => {
      expect(faultyField({ all: 1, names: 1, count: 'x' })).toBe('chatId');
      expect(faultyField({ chatId: 'a', all: 1, names: 1 })).toBe('names');
    });

    it('names an element by its index', () => {
      expect(faultyField({ ...good, names: ['a', 'b', 3] })).toBe('names.2');
    });

    it('names a field of a nested element by its path', () => {
      expect(
        faultyField({
          ...good,
          parts: [
            { type: 'file', url: '' },
            { type: 'song', url: '' },
          ],
        }),
      ).toBe('parts.1.type');
    });

    it('names a field of a nested object by its path', () => {
      expect(faultyField({ ...good, cover: { type: 'file' } })).toBe('cover.url');
    });

    it.each([null, 1, 'text', [[]]])('refuses %j as an element of a nested array', (element) => {
      expect(faultyField({ ...good, parts: [element] })).toBe('parts.0');
    });

    it('takes null for a value of a wrong kind, not for an absent one', () => {
      expect(faultyField({ ...good, names: null })).toBe('names');
    });

    it('looks at a field only where its condition holds', () => {
      expect(faultyField({ chatId: 'a', count: 1 })).toBeUndefined();
      expect(faultyField({ chatId: 'a' })).toBe('all');
    });

    it('asks custom constraints', () => {
      expect(faultyField({ ...good, even: 3 })).toBe('even');
    });

    it.each([
      [{ ...good, chatId: 'a\0' }, 'chatId'],
      [{ ...good, names: ['a', '\ud800'] }, 'names.1'],
      [{ ...good, parts: [{ type: 'file', url: '', meta: { a: [{ b: '\0' }] } }] }, 'parts.0.meta.a.0.b'],
      [{ ...good, parts: [{ type: 'file', url: '', extra: '\0' }] }, 'parts.0.extra'],
      [{ ...good, anything: { 'a\0': 1 } }, 'anything'],
    ])('names the text that the database cannot keep: %j', (payload, path) => {
      expect(faultyField(payload)).toBe(path);
    });

    it('looks for such text only where the raw frame may hold it', () => {
      expect(validator.faultyField({ ...good, chatId: 'a\0' }, false)).toBeUndefined();
    });

    it('names the declared field that is nested too deep', () => {
      expect(faultyField({ ...good, anything: nested(6) })).toBeUndefined();
      expect(faultyField({ ...good, anything: nested(7) })).toBe('anything');
      expect(faultyField({ ...good, anything: nested(100_000) })).toBe('anything');
      expect(faultyField({ ...good, parts: [{ type: 'file', url: '', meta: { deep: nested(4) } }] })).toBe(
        'parts.0.meta',
      );
    });

    it('reads own fields only as JSON gives them', () => {
      const hostile = JSON.parse('{"__proto__":{"chatId":"a"},"all":true}') as object;
      expect(faultyField(hostile)).toBe('chatId');
    });

    it('agrees with class-validator', () => {
      const scalar = fc.oneof(fc.string(), fc.integer({ min: -2, max: 120 }), fc.boolean(), fc.double());
      const part = fc.record(
        {
          type: fc.constantFrom('file', 'image', 'song', 1),
          url: scalar,
          meta: fc.oneof(fc.object({ maxDepth: 1 }), scalar),
        },
        { requiredKeys: [] },
      );
      const payload = fc.record(
        {
          chatId: fc.oneof(scalar, fc.constant(null)),
          count: scalar,
          names: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
          parts: fc.oneof(scalar, fc.array(fc.oneof(part, scalar), { maxLength: 3 })),
          cover: fc.oneof(scalar, part),
          all: fc.oneof(scalar, fc.constant(null)),
          even: scalar,
        },
        { requiredKeys: [] },
      );
      fc.assert(
        fc.property(payload, (value) => {
          const errors = validateSync(plainToInstance(SampleDto, value));
          // Texts are left out: class-validator knows nothing of what can be stored.
          const fault = validator.faultyField(value, false);
          expect(fault === undefined).toBe(errors.length === 0);
          if (fault !== undefined) expect(errors.map(({ property }) => property)).toContain(fault.split('.')[0]);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  describe('constructor', () => {
    it('refuses a nested field whose class nobody knows', () => {
      class UntypedDto {
        @ValidateNested()
        readonly part!: unknown;
      }
      expect(() => new PayloadValidator(UntypedDto, 8)).toThrow('UntypedDto.part');
    });

    it('reads a class that contains itself', () => {
      class TreeDto {
        @IsOptional()
        @ValidateNested()
        @Type(() => TreeDto)
        readonly child?: TreeDto;

        @IsString()
        readonly name!: string;
      }
      const tree = new PayloadValidator(TreeDto, 4);
      expect(tree.faultyField({ name: 'a', child: { name: 1 } }, true)).toBe('child.name');
      expect(tree.faultyField({ name: 'a', child: { name: 'b', child: { name: 'c', child: {} } } }, true)).toBe(
        'child.child.child',
      );
    });
  });
});
