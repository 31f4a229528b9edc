// The modules that this server has beside its own, one line for each:
// export { polls } from '#examples/polls/polls.js';
export {};
