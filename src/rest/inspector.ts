import { Injectable, type Type } from '@nestjs/common';
import { Config } from '../config/config.js';
import { PayloadValidator } from '../dispatch/payload-validator.js';
import { BadRequestError } from '../domain/errors.js';

/** Checks what is asked over REST by the very rules that hold for frames: both reach the same services. */
@Injectable()
export class Inspector {
  private readonly validators = new Map<Type<object>, PayloadValidator>();

  constructor(private readonly config: Config) {}

  /** @throws BadRequestError naming the first field at fault, in the order of the DTO */
  check(type: Type<object> | undefined, input: object): void {
    if (!type) throw new Error('what is asked is checked by its DTO, and there is none');
    const fault = this.validatorOf(type).faultyField(input, true);
    if (fault !== undefined) throw BadRequestError.at(fault);
  }

  private validatorOf(type: Type<object>): PayloadValidator {
    let validator = this.validators.get(type);
    if (!validator) {
      validator = new PayloadValidator(type, this.config.limits.maxJsonDepth);
      this.validators.set(type, validator);
    }
    return validator;
  }
}
