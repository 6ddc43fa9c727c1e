/** History records with anything in them. */
import fc from 'fast-check';
import type { HistoryRecord } from '../../../server/core/history/index.js';
import { historyRecord } from './records.js';

/** Records with any text and any finite figures, and fields of a later version. */
export const anyRecord: fc.Arbitrary<HistoryRecord> = fc
  .record({
    id: fc.uuid(),
    at: fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    file: fc.string({ unit: 'binary' }),
    joules: fc.double({ noNaN: true, noDefaultInfinity: true }),
    later: fc.option(fc.jsonValue(), { nil: undefined }),
    reply: fc.option(fc.string({ unit: 'binary', maxLength: 2000 }), { nil: undefined }),
  })
  .map(({ joules, later, reply, ...rest }) => {
    const record = historyRecord({ ...rest, ...(reply === undefined ? {} : { reply }) });
    return {
      ...record,
      measured: { ...record.measured, joules },
      ...(later === undefined ? {} : { fieldOfALaterVersion: later }),
    };
  });
