import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity({ name: 'polls' })
export class Poll {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  readonly id!: number;

  /** The number of the chat's address, by which `Chats.kept` finds it again. */
  @Column({ type: 'bigint' })
  readonly chat!: number;

  @Column({ type: 'text' })
  readonly question!: string;

  @Column({ type: 'text', array: true })
  readonly options!: readonly string[];

  @Column({ name: 'created_by', type: 'text' })
  readonly createdBy!: string;

  @Column({ name: 'client_poll_id', type: 'text' })
  readonly clientPollId!: string;

  @Column({ name: 'created_at', type: 'bigint' })
  readonly createdAt!: number;

  @Column({ name: 'closed_at', type: 'bigint', nullable: true })
  readonly closedAt!: number | null;

  @Column({ type: 'integer' })
  readonly revision!: number;
}
