'use strict';

/** Closes the run with the tally that CI reads, alone on the last line: `N passed, N failed[, N skipped]`. */
module.exports = class TallyReporter {
  onRunComplete(_contexts, results) {
    // Only at the exit is the tear-down behind us, and jest's own summary.
    process.once('exit', (code) => printTally(results, code));
  }
};

function printTally(results, exitCode) {
  const tests = results.testResults.flatMap((file) => file.testResults);
  const skipped = tests.filter(({ status }) => status === 'pending' || status === 'todo');
  for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);

  // Files that don't load have no tests to count, and a tear-down that throws has none either: neither is a success.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites || Number(exitCode !== 0);
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  process.stdout.write(`${results.numPassedTests} passed, ${failed} failed${skips}\n`);
}
