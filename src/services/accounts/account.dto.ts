import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

/** A name and its password. What either must be like depends on the configuration, so the service looks at that. */
export class CredentialsDto {
  @ApiProperty({ example: 'User1', description: 'The user id in every dialect' })
  @IsString()
  readonly username!: string;

  @ApiProperty({ example: 'correct horse battery staple' })
  @IsString()
  readonly password!: string;
}

export class NewPasswordDto {
  @ApiProperty({ example: 'correct horse battery staple' })
  @IsString()
  readonly newPassword!: string;
}
