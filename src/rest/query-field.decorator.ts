import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsText } from '../services/dto/field.decorator.js';

const INTEGER = Symbol('the field of a query is a whole number');
/** In UTF-16 units: more is no search any more. */
const MAX_TEXT_LENGTH = 1_000;

interface Range {
  readonly min: number;
  readonly max?: number;
  readonly description: string;
  readonly default?: number;
}

/** A whole number in a query, written in decimal. May be missing. */
export function QueryInteger({ min, max = Number.MAX_SAFE_INTEGER, description, ...more }: Range): PropertyDecorator {
  return applyDecorators(
    markInteger,
    IsOptional(),
    IsInt(),
    Min(min),
    Max(max),
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max, description, ...more }),
  );
}

/** Words to look for. May be missing or empty. */
export function QueryText(description: string): PropertyDecorator {
  return applyDecorators(
    IsOptional(),
    IsText({ max: MAX_TEXT_LENGTH }),
    ApiPropertyOptional({ maxLength: MAX_TEXT_LENGTH, description }),
  );
}

/** One of a few words. May be missing. */
export function QueryChoice(values: readonly string[], description: string): PropertyDecorator {
  return applyDecorators(IsOptional(), IsIn(values), ApiPropertyOptional({ enum: [...values], description }));
}

export function isQueryInteger(type: new (...args: never) => unknown, field: string): boolean {
  return Reflect.hasMetadata(INTEGER, type.prototype as object, field);
}

function markInteger(prototype: object, field: string | symbol): void {
  Reflect.defineMetadata(INTEGER, true, prototype, field);
}
