import 'reflect-metadata';

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'class-transformer';
import {
  getMetadataStorage,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import fc from 'fast-check';
import { payloadPlans } from '../../../test/support/bad-input/payload-plans.js';
import { realtimePlans } from '../../../test/support/bad-input/realtime-plans.js';
import { looseFaultIn, type Schema, type Schemas } from '../../../test/support/json-schema.js';
import { stringifyWithRaw } from '../../dialects/messaging/stringify-with-raw.js';
import { isNestedDeeper } from '../../dispatch/content-check.js';
import type { PayloadClass } from '../../dispatch/handles-payload.decorator.js';
import { readPayloadRules } from '../../dispatch/payload-rules.js';
import { PayloadValidator } from '../../dispatch/payload-validator.js';
import { isStorableText } from '../../domain/ids.js';
import { isTopic, isTopicPattern, TOPIC_FORM, TOPIC_PATTERN_FORM } from '../../domain/topic-patterns.js';
import { NewDto } from '../../services/messages/new.dto.js';
import { isInWords } from './constraint-words.js';
import { dtoSchema } from './dto-schema.js';
import { exampleOf } from './example-of.js';
import { Resolver } from './resolve.js';
import type { Words } from './words.js';

const MAX_DEPTH = 64;
/** Of all texts that are bounded at all, in bytes. */
const SHORTEST_BOUND = 64;
const ROOT = join(__dirname, '../../..');

/** Every class that a service checks payloads by, of the example module too. The edges have their own, which only REST has. */
const classes = ['src/auth', 'src/services', 'examples'].flatMap(dtoFilesIn).flatMap(classesOf);

function dtoFilesIn(folder: string): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.dto.ts')).map((file) => join(ROOT, folder, file));
}

function classesOf(file: string): readonly PayloadClass[] {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- which files there are, only the disk knows
  const exported = Object.values(require(file) as Readonly<Record<string, unknown>>);
  return exported.filter((each): each is PayloadClass => typeof each === 'function' && rulesOf(each).length > 0);
}

function rulesOf(type: unknown): readonly unknown[] {
  return getMetadataStorage().getTargetValidationMetadatas(type as PayloadClass, '', false, false);
}

/** Both verdicts on a payload. */
class Judges {
  private readonly validator: PayloadValidator;
  private readonly schema: Schema;
  private readonly schemas: Schemas;

  constructor(type: PayloadClass) {
    const resolver = new Resolver();
    this.validator = new PayloadValidator(type, MAX_DEPTH);
    this.schema = resolver.resolve(dtoSchema(type)) as Schema;
    this.schemas = resolver.schemas as Schemas;
  }

  /** Neither is asked what the other can't know. */
  disagreementOn(payload: object): string | undefined {
    const byRules = this.validator.faultyField(payload, true);
    const bySchema = looseFaultIn(payload, this.schema, this.schemas);
    if (bySchema !== undefined && byRules === undefined) return `only the schema refuses it: ${bySchema}`;
    if (bySchema === undefined && byRules !== undefined && !isBeyondWords(payload))
      return `only the rules refuse it: ${byRules}`;
    return undefined;
  }
}

/** JSON Schema has no words for what cannot be stored, for nesting, and for lengths in UTF-16 units or bytes. */
function isBeyondWords(value: unknown): boolean {
  if (isNestedDeeper(value, MAX_DEPTH - 4)) return true;
  return textsIn(value).some((text) => {
    const isCountedOtherwise =
      Buffer.byteLength(text) > SHORTEST_BOUND && Array.from(text).length < Buffer.byteLength(text);
    return isCountedOtherwise || !isStorableText(text);
  });
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}

/** What the bad-input tests send as fields, right or wrong. Numbers that no JSON can say come out as none. */
const world = { userId: 'User1', dialog: 'User2', group: 'g_A', otherGroup: 'g_B', token: 'a.b.c' };
const plans = [
  ...Object.values(payloadPlans(world)),
  ...Object.values(realtimePlans({ ...world, directMessage: 'dm_1', broadcast: 'broadcast_1' })),
];
const pool = [
  ...new Set(
    plans
      .flatMap(({ fields }) => Object.values(fields).flat())
      .map(({ value }) => stringifyWithRaw(value))
      .filter((text) => text.length < 20_000 && !/\d[eE]\d{3}|\d{17}/.test(text)),
  ),
].map((text) => JSON.parse(text) as unknown);

function anyPayload(type: PayloadClass): fc.Arbitrary<object> {
  const { properties = {} } = dtoSchema(type);
  const fields = Object.entries(properties).map(([name, words]) => {
    const good = fc.constant(exampleOf(words, name));
    const any = fc.oneof(
      { arbitrary: good, weight: 6 },
      { arbitrary: fc.constantFrom(...pool), weight: 3 },
      fc.jsonValue(),
    );
    return [name, any] as const;
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

describe('dtoSchema', () => {
  it('is asked of every class that payloads and bodies are checked by', () => {
    expect(classes.length).toBeGreaterThan(40);
    expect(pool.length).toBeGreaterThan(100);
  });

  describe.each(classes.map((type): [string, PayloadClass] => [type.name, type]))('of %s', (_, type) => {
    it('has words for every constraint', () => {
      const said = readPayloadRules(type).fields.flatMap((field) => [
        ...field.constraints,
        ...field.elementConstraints,
      ]);
      expect(said.filter((constraint) => !isInWords(constraint)).map(({ name }) => name)).toEqual([]);
    });

    it('makes an example that the rules let through', () => {
      const example = exampleOf(dtoSchema(type)) as object;
      expect(new PayloadValidator(type, MAX_DEPTH).faultyField(example, true)).toBeUndefined();
    });

    it('agrees with the rules on each value of each field', () => {
      const judges = new Judges(type);
      const good = exampleOf(dtoSchema(type)) as object;
      for (const name of Object.keys(dtoSchema(type).properties ?? {})) {
        for (const value of [undefined, ...pool]) {
          const payload = { ...good, [name]: value };
          if (value === undefined) Reflect.deleteProperty(payload, name);
          expect([payload, judges.disagreementOn(payload)]).toEqual([payload, undefined]);
        }
      }
    });

    it('agrees with the rules on any payload', () => {
      const judges = new Judges(type);
      fc.assert(
        fc.property(anyPayload(type), (payload) => {
          expect(judges.disagreementOn(payload)).toBeUndefined();
        }),
        { numRuns: 150 },
      );
    });
  });

  it('says that one of several must be there', () => {
    const { required, anyOf } = dtoSchema(NewDto);
    expect([required, anyOf]).toEqual([['chatId'], [{ required: ['message'] }, { required: ['attachments'] }]]);
  });

  it('says nothing of a field whose condition only the class knows', () => {
    class Conditional {
      @ValidateIf(({ isNumber }: Conditional) => isNumber)
      @IsInt()
      readonly value!: unknown;

      @IsOptional()
      readonly isNumber!: boolean;
    }
    expect(dtoSchema(Conditional)).toEqual({ type: 'object', properties: { value: {}, isNumber: {} } });
  });

  it('refers to a class that contains itself', () => {
    class Tree {
      @IsString()
      @Matches(/^[a-z]+$/)
      @MaxLength(3)
      readonly name!: string;

      @IsOptional()
      @ValidateNested()
      @Type(() => Tree)
      readonly below?: Tree;
    }
    const resolver = new Resolver();
    const name = { type: 'string', pattern: '^[a-z]+$', maxLength: 3 };
    const below = { $ref: '#/components/schemas/Tree' };
    const described = { type: 'object', properties: { name, below: oneOrMany(below) }, required: ['name'] };
    expect(resolver.resolve(dtoSchema(Tree))).toEqual(described);
    expect(resolver.schemas).toEqual({ Tree: { ...described, additionalProperties: true } });
  });
});

/** Elements are checked where the value is an array, and the value itself where it is none. */
function oneOrMany(words: object): Words {
  return { anyOf: [words, { type: 'array', items: words }] };
}

describe('the forms of topics', () => {
  const segment = fc.constantFrom('a', 'chat', 'user', 'presence', '$SYS', '*', '>', '', '%41', '%4', 'ü', 'a b', '-_');
  const anyText = fc.array(segment, { minLength: 1, maxLength: 10 }).map((segments) => segments.join('.'));

  it.each([
    ['topics', TOPIC_FORM, isTopic],
    ['patterns', TOPIC_PATTERN_FORM, isTopicPattern],
  ] as const)('are what %s are', (_, form, isOne) => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect([text, new RegExp(form, 'u').test(text)]).toEqual([text, isOne(text)]);
      }),
      { numRuns: 20_000 },
    );
  });
});
