import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { Inspector } from './inspector.js';
import { isQueryInteger } from './query-field.decorator.js';

/** What is safely told from any other number when it is read. */
const INTEGER = /^-?\d{1,16}$/;

/**
 * Reads the query of an address by its DTO, the parameter's type: what is to be a whole number becomes one, what is
 * missing has the DTO's default.
 *
 * @throws BadRequestError naming the first field at fault
 */
@Injectable()
export class CheckedQuery implements PipeTransform<Readonly<Record<string, unknown>>, object> {
  constructor(private readonly inspector: Inspector) {}

  transform(query: Readonly<Record<string, unknown>>, { metatype }: ArgumentMetadata): object {
    if (!metatype) throw new Error('a query is read by its DTO, and there is none');
    const values: Record<string, unknown> = {};
    for (const name of Object.keys(query)) values[name] = valueOf(metatype, name, query[name]);
    this.inspector.check(metatype, values);
    return Object.assign(new metatype() as object, values);
  }
}

/** What is no number stays as it is, and its DTO refuses it. */
function valueOf(type: NonNullable<ArgumentMetadata['metatype']>, name: string, value: unknown): unknown {
  return typeof value === 'string' && INTEGER.test(value) && isQueryInteger(type, name) ? Number(value) : value;
}
