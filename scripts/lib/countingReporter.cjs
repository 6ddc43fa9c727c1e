// Mocha's dot or spec reporter that also leaves the run's counts in the file named by JOULELENS_COUNTS.
'use strict';
const fs = require('node:fs');
const { reporters } = require('mocha');

/** A constructor, as Mocha wants it; the run belongs to the reporter that it makes. */
module.exports = function CountingReporter(runner, options) {
  runner.once('end', () => fs.writeFileSync(process.env.JOULELENS_COUNTS, JSON.stringify(runner.stats)));
  return options.reporterOptions?.base === 'dot'
    ? new reporters.Dot(runner, options)
    : new reporters.Spec(runner, options);
};
