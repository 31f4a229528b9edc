import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One for each user: voting again moves it. */
@Entity({ name: 'polls_votes' })
export class Vote {
  @PrimaryColumn({ name: 'poll_id', type: 'bigint' })
  readonly pollId!: number;

  @PrimaryColumn({ name: 'user_id', type: 'text' })
  readonly userId!: string;

  @Column({ type: 'integer' })
  readonly option!: number;
}
