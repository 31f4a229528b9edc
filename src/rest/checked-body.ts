import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { BadRequestError } from '../domain/errors.js';
import { Inspector } from './inspector.js';

/**
 * Takes a JSON body that its DTO, the parameter's type, lets through. Unknown fields are passed over.
 *
 * @throws BadRequestError there is none, or naming the first field at fault
 */
@Injectable()
export class CheckedBody implements PipeTransform<unknown, object> {
  constructor(private readonly inspector: Inspector) {}

  transform(body: unknown, { metatype }: ArgumentMetadata): object {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new BadRequestError('there must be a body, a JSON object of the content type application/json');
    }
    this.inspector.check(metatype, body);
    return body;
  }
}
