import { IsString } from 'class-validator';

/** Asks to stay connected on a new token of the same user. */
export class AuthDto {
  /** A JWT. */
  @IsString()
  readonly token!: string;
}
