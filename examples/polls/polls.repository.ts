import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { Database } from '#extension-api';
import { Poll } from './poll.entity.js';
import { Vote } from './vote.entity.js';

export type PollPlan = Pick<Poll, 'chat' | 'question' | 'options' | 'createdBy' | 'clientPollId' | 'createdAt'>;

/** A poll and how many have voted for each of its options, as one look at the database shows them. */
export type CountedPoll = Omit<Poll, 'clientPollId'> & { readonly votes: readonly number[] };

/** One verb, one statement; while the database is away `Database` makes of it the 503 that clients know. */
@Injectable()
export class PollsRepository {
  constructor(
    private readonly database: Database,
    @InjectRepository(Poll) private readonly polls: Repository<Poll>,
    @InjectRepository(Vote) private readonly votes: Repository<Vote>,
  ) {}

  /** @returns the id of the first one, where this is its repetition */
  async create(plan: PollPlan): Promise<number> {
    const { createdBy, clientPollId } = plan;
    const insert = this.polls
      .createQueryBuilder()
      .insert()
      .values({ ...plan, options: [...plan.options] });
    await this.database.reached(insert.orIgnore().execute());
    const { id } = await this.database.reached(this.polls.findOneByOrFail({ createdBy, clientPollId }));
    return id;
  }

  async find(id: number): Promise<CountedPoll | undefined> {
    const [poll] = await this.database.query<CountedPoll>(FIND, [id]);
    return poll;
  }

  async voteOf(userId: string, pollId: number): Promise<number | undefined> {
    const vote = await this.database.reached(this.votes.findOneBy({ pollId, userId }));
    return vote?.option;
  }

  /** @returns whether it changed anything: the same vote again doesn't, nor does one in a closed poll */
  async vote(vote: Vote): Promise<boolean> {
    const rows = await this.database.query(VOTE, [vote.pollId, vote.userId, vote.option]);
    return rows.length > 0;
  }

  /** @returns whether it was open until now */
  async close(id: number, now: number): Promise<boolean> {
    const closing = { closedAt: now, revision: () => 'revision + 1' };
    const { affected } = await this.database.reached(this.polls.update({ id, closedAt: IsNull() }, closing));
    return affected === 1;
  }
}

const FIND = `
  select id, chat, question, options, created_by as "createdBy", created_at as "createdAt", closed_at as "closedAt", revision,
      array(select count(v.user_id)::integer from generate_series(0, cardinality(options) - 1) place
        left join polls_votes v on v.poll_id = polls.id and v.option = place group by place order by place) as votes
    from polls where id = $1`;

/** Whoever votes locks the poll first, so that nobody votes in one that is being closed, and states are numbered in their order. */
const VOTE = `
  with poll as (
    update polls set revision = revision + 1
      where id = $1 and closed_at is null
        and not exists (select from polls_votes where poll_id = $1 and user_id = $2 and option = $3)
      returning id)
  insert into polls_votes (poll_id, user_id, option) select id, $2, $3 from poll
    on conflict (poll_id, user_id) do update set option = excluded.option
    returning poll_id`;
