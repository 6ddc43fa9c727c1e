/** Every wire form of energy, against a server that answers as its endpoint does. */
import assert from 'node:assert/strict';
import { createMeter, measure, type MeasureOutcome, type Meter } from '../../../server/live/index.js';
import {
  done,
  delta,
  event,
  eventStream,
  replyText,
  replyWith,
  serve,
  usage,
  writePieces,
  type Answer,
} from '../../support/fixtureServer.js';

async function measureAgainst(answer: Answer, meter?: Meter): Promise<MeasureOutcome> {
  const server = await serve(answer);
  try {
    return await measure({
      endpoint: { baseUrl: server.url },
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      repeats: 1,
      timeoutSeconds: 5,
      keepCache: true,
      ...(meter === undefined ? {} : { meter }),
    });
  } finally {
    await server.close();
  }
}

/** Sends in one go, or in pieces of as many bytes as the test now running says. */
let pieceBytes = Infinity;

const stream =
  (text: string, headers: Record<string, string> = {}): Answer =>
  async (response) => {
    response.writeHead(200, { ...eventStream, ...headers });
    if (Number.isFinite(pieceBytes)) {
      await writePieces(response, Buffer.from(text), pieceBytes);
      response.end();
    } else {
      response.end(text);
    }
  };

const whole =
  (extra: object, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(
      JSON.stringify({
        choices: [{ index: 0, message: { role: 'assistant', content: replyText }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 12, completion_tokens: 3 },
        ...extra,
      }),
    );
  };

const neuralwatt = {
  energy_joules: 20.44,
  energy_kwh: 5.6778e-6,
  avg_power_watts: 4087,
  duration_seconds: 1.479,
  attribution_method: 'prorated_token_pool_weighted_multi_gpu_8',
  attribution_ratio: 0.0034,
};

interface Form {
  readonly name: string;
  readonly answer: Answer;
  readonly joules: number | null;
  readonly provenance?: string;
  readonly scope?: string;
  readonly method?: RegExp;
  readonly warning?: RegExp;
  readonly phases?: readonly [prefill: number, decode: number];
  readonly range?: readonly [lo: number, hi: number];
}

const forms: readonly Form[] = [
  {
    name: 'Neuralwatt: SSE comment before [DONE]',
    answer: stream(replyWith(`: energy ${JSON.stringify(neuralwatt)}\n\n: cost {"request_cost_usd":2.8e-05}\n\n`)),
    joules: 20.44,
    provenance: 'measured',
    scope: 'request-attributed',
    method: /prorated_token_pool/,
  },
  {
    name: 'Neuralwatt: comment directly after the event line, without a line between',
    answer: stream(replyWith(`: energy ${JSON.stringify(neuralwatt)}\n`)),
    joules: 20.44,
    provenance: 'measured',
  },
  {
    name: 'Neuralwatt: comment at the very end, without a newline',
    answer: stream(`${replyWith('')}: energy ${JSON.stringify(neuralwatt)}`),
    joules: 20.44,
    provenance: 'measured',
  },
  {
    name: 'Neuralwatt: body that was not streamed',
    answer: whole({ energy: { energy_joules: 15.23, energy_kwh: 4.2306e-6, attribution_method: 'prorated' } }),
    joules: 15.23,
    provenance: 'measured',
    method: /^prorated$/,
  },
  {
    name: 'energy object in the last chunk',
    answer: stream(
      `${delta('x', 'stop')}${usage()}${event({ choices: [], energy: { energy_joules: 7.5, source: 'measured' } })}${done}`,
    ),
    joules: 7.5,
    provenance: 'measured',
  },
  {
    name: 'energy object without source or method: provenance unknown',
    answer: stream(replyWith(event({ choices: [], energy: { energy_joules: 7.5 } }))),
    joules: 7.5,
    provenance: 'unknown',
  },
  {
    name: 'usage.energy of our own servers',
    answer: stream(
      `${delta('x', 'stop')}${usage(9, 1, { energy: { joules: 3.25, source: 'measured', method: 'nvml', scope: 'gpu-window' } })}${done}`,
    ),
    joules: 3.25,
    provenance: 'measured',
    scope: 'gpu-window',
    method: /^nvml$/,
  },
  {
    name: 'source simulated stays simulated',
    answer: stream(replyWith(`: energy {"joules":4,"source":"simulated","method":"formula"}\n\n`)),
    joules: 4,
    provenance: 'simulated',
  },
  {
    name: 'source estimated stays estimated',
    answer: whole({ usage: { prompt_tokens: 1, completion_tokens: 1, energy: { kwh: 1e-6, source: 'estimated' } } }),
    joules: 3.6,
    provenance: 'estimated',
  },
  {
    name: 'watt-hours where that is all there is',
    answer: stream(replyWith(': energy {"wh":0.002,"source":"measured"}\n\n')),
    joules: 7.2,
    provenance: 'measured',
  },
  {
    name: 'several comments are added up',
    answer: stream(
      replyWith(
        ': energy {"energy_joules":10,"attribution_method":"a"}\n\n: energy {"energy_joules":5.5,"attribution_method":"a"}\n\n',
      ),
    ),
    joules: 15.5,
    provenance: 'measured',
    warning: /2 energy comments were added up/,
  },
  {
    name: 'the same comment twice counts once',
    answer: stream(replyWith(`: energy ${JSON.stringify(neuralwatt)}\n\n`.repeat(2))),
    joules: 20.44,
    warning: /same energy comment 2 times; counted once/,
  },
  {
    name: 'joules against kilowatt-hours: a contradiction is named, joules count',
    answer: stream(replyWith(': energy {"energy_joules":500,"energy_kwh":1.39e-7,"source":"measured"}\n\n')),
    joules: 500,
    warning: /contradicts itself.*energy_joules says 500 J.*energy_kwh says 0\.5004 J/,
  },
  {
    name: 'two forms that disagree: the comment counts, and it is said',
    answer: stream(
      `${delta('x', 'stop')}${usage(9, 1, { energy: { joules: 8, source: 'measured' } })}: energy {"joules":4,"source":"measured"}\n\n${done}`,
    ),
    joules: 4,
    warning: /contradicts itself.*usage\.energy\.joules says 8 J/,
  },
  {
    name: 'X-Energy-Joules with its method',
    answer: stream(replyWith(''), { 'X-Energy-Joules': '0.31', 'X-Energy-Method': 'NVML' }),
    joules: 0.31,
    provenance: 'measured',
    method: /^NVML$/,
  },
  {
    name: 'X-Energy-Joules, derived',
    answer: whole({}, { 'X-Energy-Joules': '0.31', 'X-Energy-Method': 'derived' }),
    joules: 0.31,
    provenance: 'estimated',
  },
  {
    name: 'X-Energy-Consumption is in millijoules',
    answer: whole({}, { 'x-energy-consumption': '108836' }),
    joules: 108.836,
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    name: 'X-GPU-Energy-J',
    answer: whole({}, { 'X-GPU-Energy-J': '52.1', 'X-GPU-Power-W': '310' }),
    joules: 52.1,
    scope: 'gpu-window',
  },
  {
    name: 'X-Energy-Data, JSON in a header',
    answer: whole({}, { 'x-energy-data': '{"energy_joules":2.5,"source":"estimated"}' }),
    joules: 2.5,
    provenance: 'estimated',
  },
  {
    name: 'trailers after a stream',
    answer: (response) => {
      response.writeHead(200, { ...eventStream, trailer: 'X-Energy-Joules, X-Energy-Method' });
      response.write(replyWith(''));
      response.addTrailers({ 'X-Energy-Joules': '1.75', 'X-Energy-Method': 'RAPL' });
      response.end();
    },
    joules: 1.75,
    provenance: 'measured',
    method: /^RAPL$/,
  },
  {
    name: 'GreenPT: impact in watt-milliseconds, with usage in the last chunk',
    answer: stream(
      `${delta('x', 'stop')}${usage(8, 54, {})}${event({ choices: [], usage: { prompt_tokens: 8, completion_tokens: 54 }, impact: { version: '1', inferenceTime: { total: 470, unit: 'ms' }, energy: { total: 121723, unit: 'Wms' }, emissions: { total: 2, unit: 'ugCO2e' } } })}${done}`,
    ),
    joules: 121.723,
    provenance: 'measured',
  },
  {
    name: 'GreenPT: the unit that it names holds',
    answer: whole({ impact: { energy: { total: 0.5, unit: 'Wh' } } }),
    joules: 1800,
  },
  {
    name: 'GreenPT: a unit that nobody knows is no figure',
    answer: whole({ impact: { energy: { total: 5, unit: 'calories' } } }),
    joules: null,
    warning: /unit that is not known \(calories\)/,
  },
  {
    name: 'Melious: an estimate in kilowatt-hours',
    answer: stream(replyWith(event({ choices: [], environment_impact: { energy_kwh: 0.00015, pue: 1.18 } }))),
    joules: 540,
    provenance: 'estimated',
    scope: 'request-attributed',
  },
  {
    name: 'TGI fork: millijoules in the body',
    answer: whole({ generated_text: 'x', energy_consumption: 108836 }),
    joules: 108.836,
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    name: 'TGI fork: null in every event of the stream but the last',
    answer: stream(
      `${event({ choices: [{ index: 0, delta: { content: 'a' } }], energy_consumption: null })}${event({ choices: [{ index: 0, delta: { content: 'b' }, finish_reason: 'stop' }], energy_consumption: 108836 })}${usage()}${done}`,
    ),
    joules: 108.836,
  },
  {
    name: 'TGI fork: header beside the body, saying the same',
    answer: whole({ energy_consumption: 108836 }, { 'x-energy-consumption': '108836' }),
    joules: 108.836,
  },
  {
    name: 'TGI: details.energy_mj',
    answer: whole({ details: { finish_reason: 'length', generated_tokens: 20, energy_mj: 108836 } }),
    joules: 108.836,
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    name: 'exo: power_usage of the whole node, with its phases',
    answer: whole({
      generation_stats: { prompt_tps: 10, generation_tps: 5 },
      power_usage: {
        elapsed_seconds: 20,
        total_avg_sys_power_watts: 97,
        total_energy_joules: 1940,
        prefill_seconds: 5,
        generation_seconds: 15,
        prefill_energy_joules: 540,
        generation_energy_joules: 1400,
      },
    }),
    joules: 1940,
    provenance: 'measured',
    scope: 'node-window',
    phases: [540, 1400],
  },
  {
    name: 'Otoroshi: an EcoLogits estimate with its range',
    answer: stream(
      replyWith(
        event({ choices: [], impacts: { energy: { value: { min: 4.5e-5, max: 1.4e-4, avg: 9e-5 }, unit: 'kWh' } } }),
      ),
    ),
    joules: 324,
    provenance: 'estimated',
    range: [162, 504],
  },
  {
    name: 'EcoLogits: a plain number',
    answer: whole({ impacts: { energy: { value: 1e-5, unit: 'kWh' } } }),
    joules: 36,
    provenance: 'estimated',
  },
  {
    name: 'OpenGateLLM: usage.carbon.kWh as a range',
    answer: stream(
      `${delta('x', 'stop')}${usage(9, 1, { carbon: { kWh: { min: 1e-6, max: 3e-6 }, kgCO2eq: { min: 0, max: 1 } } })}${done}`,
    ),
    joules: 7.2,
    provenance: 'estimated',
    range: [3.6, 10.8],
  },
  {
    name: 'OpenGateLLM: usage.impacts.kWh',
    answer: whole({ usage: { prompt_tokens: 1, completion_tokens: 1, impacts: { kWh: 2e-6, kgCO2eq: 1 } } }),
    joules: 7.2,
    provenance: 'estimated',
  },
  {
    name: 'an estimate of a gateway never displaces or contradicts what was measured',
    answer: stream(
      replyWith(
        `${event({ choices: [], impacts: { energy: { value: 1, unit: 'kWh' } } })}${event({ choices: [], details: { energy_mj: 2500 } })}`,
      ),
    ),
    joules: 2.5,
    provenance: 'measured',
  },
  {
    name: 'joules against watts times seconds: a contradiction is named, joules count',
    answer: stream(
      replyWith(': energy {"energy_joules":15,"avg_power_watts":100,"duration_seconds":3,"source":"measured"}\n\n'),
    ),
    joules: 15,
    warning:
      /contradicts itself: comment energy: energy_joules says 15 J, .*avg_power_watts x .*duration_seconds says 300 J/,
  },
  {
    name: 'watts times seconds times a share of two digits is no contradiction',
    answer: stream(
      replyWith(
        ': energy {"energy_joules":20.3,"avg_power_watts":4087,"duration_seconds":1.479,"attribution_ratio":0.0034,"source":"measured"}\n\n',
      ),
    ),
    joules: 20.3,
  },
  {
    name: 'heartbeat chunks before the reply',
    answer: stream(
      `${delta('')}: ping\n\n${delta('')}${delta('')}${replyWith(': energy {"joules":3,"source":"measured"}\n\n')}`,
    ),
    joules: 3,
  },
  {
    name: 'null energy is no energy',
    answer: stream(
      replyWith(event({ choices: [], energy: null }) + event({ choices: [], energy: { energy_joules: null } })),
    ),
    joules: null,
  },
  {
    name: 'zero joules is no measurement',
    answer: stream(replyWith(': energy {"energy_joules":0}\n\n')),
    joules: null,
    warning: /reported 0 J/,
  },
  {
    name: 'a comment that is not JSON',
    answer: stream(replyWith(': energy lots\n\n: ping\n\n')),
    joules: null,
    warning: /not JSON; ignored/,
  },
  {
    name: 'a header that is no number',
    answer: whole({}, { 'X-Energy-Joules': 'n/a' }),
    joules: null,
    warning: /header x-energy-joules that cannot be read/,
  },
  { name: 'no energy anywhere', answer: stream(replyWith('')), joules: null },
];

describe('wire forms of energy', () => {
  for (const form of forms) {
    it(form.name, async () => {
      const outcome = await measureAgainst(form.answer);
      const { measured, warnings } = outcome;
      if (form.joules === null) {
        assert.equal(measured, null);
        assert.equal(outcome.stopped?.reason, 'noEnergy');
        assert.match(
          outcome.stopped?.message ?? '',
          /127\.0\.0\.1:\d+\/v1\/chat\/completions: replied, but reported no energy/,
        );
      } else {
        assert.ok(measured !== null);
        assert.ok(Math.abs(measured.joules - form.joules) < 1e-9 * form.joules, `${measured.joules} J`);
        assert.equal(outcome.stopped, null);
      }
      assert.notEqual(outcome.reply, '');
      if (form.provenance !== undefined) assert.equal(measured?.provenance, form.provenance);
      if (form.scope !== undefined) assert.equal(measured?.scope, form.scope);
      if (form.method !== undefined) assert.match(measured?.method ?? '', form.method);
      if (form.phases !== undefined) assert.deepEqual([measured?.prefillJoules, measured?.decodeJoules], form.phases);
      for (const [index, end] of (form.range ?? []).entries()) {
        assert.ok(Math.abs((measured?.range?.[index] ?? 0) - end) < 1e-9 * end, `${measured?.range?.[index]}`);
      }
      if (form.warning === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join('\n'), form.warning);
    });
  }

  it('are the same however the bytes are cut, also inside a comment', async () => {
    try {
      for (const bytes of [1, 2, 7]) {
        pieceBytes = bytes;
        for (const form of forms) {
          const { measured } = await measureAgainst(form.answer);
          assert.equal(measured === null, form.joules === null, form.name);
          if (measured !== null && form.joules !== null) {
            assert.ok(Math.abs(measured.joules - form.joules) < 1e-9 * form.joules, form.name);
          }
        }
      }
    } finally {
      pieceBytes = Infinity;
    }
  });
});

describe("the user's own extractor", () => {
  async function measured(extractor: string, answer: Answer): Promise<MeasureOutcome> {
    const made = createMeter('response', { extractor });
    assert.ok('meter' in made, 'problem' in made ? made.problem : '');
    return measureAgainst(answer, made.meter);
  }

  it('reads a body, a chunk, a header, a trailer and a comment', async () => {
    const cases: readonly [string, Answer, number, string][] = [
      ['body:meta.power.used,mWh,measured', whole({ meta: { power: { used: 2 } } }), 7.2, 'measured'],
      ['body:meta.0.j,J', stream(replyWith(event({ choices: [], meta: [{ j: '3.5' }] }))), 3.5, 'unknown'],
      ['header:X-My-Energy,kJ,estimated', whole({}, { 'x-my-energy': '0.004' }), 4, 'estimated'],
      ['header:X-Cost#energy.mj,mJ,measured', whole({}, { 'x-cost': '{"energy":{"mj":1500}}' }), 1.5, 'measured'],
      [
        'comment:power#total.kwh,kWh,simulated',
        stream(replyWith(': power {"total":{"kwh":1e-6}}\n\n')),
        3.6,
        'simulated',
      ],
      [
        'header:x-late,J',
        (response) => {
          response.writeHead(200, { ...eventStream, trailer: 'X-Late' });
          response.write(replyWith(''));
          response.addTrailers({ 'X-Late': '9' });
          response.end();
        },
        9,
        'unknown',
      ],
    ];
    for (const [extractor, answer, joules, provenance] of cases) {
      const outcome = await measured(extractor, answer);
      assert.ok(Math.abs((outcome.measured?.joules ?? 0) - joules) < 1e-9, `${extractor}: ${outcome.measured?.joules}`);
      assert.equal(outcome.measured?.provenance, provenance, extractor);
    }
  });

  it('counts before every other form, and is checked against them', async () => {
    const { measured: figure, warnings } = await measured(
      'body:mine,J,measured',
      stream(replyWith(`${event({ choices: [], mine: 5 })}: energy {"joules":8,"source":"measured"}\n\n`)),
    );
    assert.equal(figure?.joules, 5);
    assert.match(warnings.join(), /contradicts itself: mine says 5 J, comment energy: joules says 8 J/);
  });

  it('is refused in one line where it is not understood', () => {
    for (const [text, message] of [
      ['meta.energy', /names no place and unit/],
      ['body:meta.energy', /names no place and unit/],
      ['body:meta.energy,furlongs', /"furlongs" is no unit of energy/],
      ['body:meta.energy,W', /"W" is no unit of energy/],
      ['body:meta.energy,J,surely', /"surely" is no provenance/],
      ['comment:energy,J', /a path is needed after #/],
      ['header:a b,J', /names nothing/],
    ] as const) {
      const made = createMeter('response', { extractor: text });
      assert.ok('problem' in made, text);
      assert.match(made.problem, message);
    }
    const made = createMeter('rapl', { extractor: 'body:a,J' });
    assert.ok('problem' in made && /reads the answer of the endpoint/.test(made.problem));
  });
});
