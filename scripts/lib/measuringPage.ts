/** docs/measuring.md: prose, and tables from what the program itself goes by. */
import {
  counterPresets,
  extractorForm,
  extractorRules,
  loadGauges,
  type ExtractorRule,
} from '../../server/live/index.js';
import { joulesPerUnit, wattsPerUnit } from '../../server/live/units.js';

/** The whole page. */
export function measuringPage(): string {
  return `${parts().join('\n\n')}\n`;
}

function parts(): string[] {
  return [
    '# How a measurement is made',
    'Written by `npm run measuring`; the tables are those that the program goes by.',
    `**Measure** in the editor and \`joulelens measure\` send one request of a transcript to an endpoint of your own, several
times, and set its energy beside the prediction at the same tokens. Where the energy comes from is the *meter*
(\`--meter\`, setting \`joulelens.measure.meter\`). A figure always says whether it was *measured*, *estimated* (by a provider's
formula) or *simulated*, what was inside, and how it was made. Figures of different kinds never enter one mean.`,
    '## Meters',
    table(
      ['METER', 'What it reads', 'Inside'],
      [
        ['`response`', 'the energy that the endpoint reports itself (default)', 'as the endpoint says'],
        [
          '`nvml`, `nvml:0,1`',
          "`nvidia-smi` on this machine: power, integrated. NVML's own counter, which nvidia-smi cannot query, comes by zeusd, DCGM exporter, or nvidia_gpu_exporter with its NVML backend",
          'the GPUs named, or all',
        ],
        ['`rapl`', "the kernel's powercap files on this machine", 'CPU packages and their memory'],
        [
          '`zeusd:URL`, `zeusd:/run/zeusd/zeusd.sock`',
          "Zeus's daemon, over TCP or a Unix socket; power, integrated, where a GPU has no counter. `#0,1` chooses GPUs, `#cpu` the CPUs",
          'the GPUs or CPUs of its machine',
        ],
        [
          '`prometheus:URL`',
          "an exporter's page (`/metrics` where the URL has no path), or a Prometheus server's `/api/v1/query`",
          'the table below',
        ],
        [
          '`prometheus:URL#metric,unit`',
          'any metric: `#my_joules_total{gpu="1"},J`. A unit of power is integrated',
          'all series of that metric',
        ],
        [
          '`trtllm:URL`',
          '`/energy_metrics` of `trtllm-serve` (`enable_energy_metrics: true`)',
          'the GPUs of the engine',
        ],
        [
          '`command:CMD`',
          'a program that prints a figure: `153.2` (joules since some start), `12.3 kWh`, or `71 W`, which is integrated',
          'what it measures',
        ],
        ['`simulated`', 'nothing: 300 W for as long as the request takes, to try things out', 'nothing real'],
      ],
    ),
    `A command is started without a shell: blanks part words, quotes keep them together, and no \`$\`, \`*\`, \`|\` or \`;\` means
anything. It must print the figure as its last line of that form within 10 s. A counter's server gets neither text nor key of
the endpoint; a token of its own comes from \`JOULELENS_METER_TOKEN\`. Units: ${[...Object.keys(joulesPerUnit), ...Object.keys(wattsPerUnit)].map((unit) => `\`${unit}\``).join(' ')}.`,
    '### Exporters',
    `The first of these metrics that a page has a number for is read. Series of one device (a GPU shared by several pods) count
once; zones and scopes that overlap are never added; blank values are left out. Power is integrated, and the method says so.`,
    table(
      ['Exporter', 'Metric', 'Unit', 'Inside', 'Steps usually every', 'Remark'],
      counterPresets.map(({ exporter, metric, unit, device, usualStepSeconds, only, partLabel, remedy }) => [
        exporter,
        `\`${metric}\``,
        unit,
        `${device}s`,
        usualStepSeconds === null ? 'not stated' : usualStepSeconds === 0 ? 'reading' : `${usualStepSeconds} s`,
        [
          only === undefined ? '' : `only \`${only.label}\` like \`${only.value.source}\``,
          partLabel === undefined ? '' : `series that differ in \`${partLabel}\` add up`,
          remedy ?? '',
        ]
          .filter((text) => text !== '')
          .join('; '),
      ]),
    ),
    `Alumet and CodeCarbon export the energy of each interval instead of a counter; that cannot be read without losing some and
is refused with the reason. Through a Prometheus server a step is a scrape (15 to 60 s); read the exporter itself where you can,
and name one machine where the server holds many. AMD's counter is known to run at a wrong rate on some GPUs.`,
    '## The method, with a counter',
    `1. **Steps.** Most counters show a new value only now and then. The counter is watched until its step is known; one that
   changes at every reading is live. One that does not move for 40 s is given up, with what to do.
2. **Warm-up.** One request that does not count.
3. **Idle power**, from the same counter, between two of its steps: at least 2 s and three steps, or forty readings of a live one. It is taken again when it is
   older than a minute (or four times as old as it took), and after a run that was disturbed.
4. **A window.** Wait for a step, send, wait for the next step after the reply. At a step the counter is true, so
   \`joules = counter(end) - counter(start) - idle watts x seconds of the window\`. Reading before and after instead is off by tens
   of percent where a counter moves once a second. After a slow step 0.1 s is waited, as the source itself reads its device late.
5. **Alone.** The engine's gauges are read before, every half second during, and after. If others were there, or the engine
   generated more tokens than the reply has, the run is shown and left out. If no run is left, there is no figure. Where an
   endpoint shows no load, that is said: it was assumed, not checked.
6. **A counter that falls** was reset: that run is left out.`,
    table(
      ['Engine', 'Under way', 'Waiting', 'Generated tokens'],
      [
        ...loadGauges.map(({ engine, running, waiting, generated }) => [
          engine,
          `\`${running}\``,
          `\`${waiting}\``,
          `\`${generated}\``,
        ]),
        ['llama.cpp without `--metrics`', '`GET /slots`', '', ''],
      ],
    ),
    `\`joules\` is above idle. \`grossJoules\` adds the idle power of the devices while the request ran. **A prediction holds that
idle power too, so it is the gross figure that stands beside it** and that \`ratio\` is taken of. The host's power, cooling and
the time between requests are in neither.`,
    '## A series',
    `Five runs, or as \`--repeats\` says. Temperature 0 and one seed. Each prompt begins with another random mark, so that no
prefix cache helps, unless \`--keep-cache\` is given; prompt tokens that the endpoint served from its cache all the same are named.
The figure is the mean with its 95 % t-interval. Without \`--repeats\`, or with \`--early-stop P\`, a series ends when three runs or
more lie within 5 % (P %) of the mean. \`--budget-seconds\` and Ctrl-C keep what was done. Tokens are those of the endpoint's
\`usage\`.`,
    `**Two prompts**: \`joulelens measure new.md --against old.md\` runs A (\`--against\`) and B in turn, A B, B A, ..., \`--pairs\` of them
(10), each once before to warm up, and says whether the difference is real, by the paired test that the editor uses
([history.md](history.md#comparing-two-prompts)). \`--against-turn\` chooses its request, \`-\` is standard input:
\`git show HEAD:chat.json | joulelens measure chat.json --against -\`. \`--half-way-look\` may end it half way. Cancel keeps the
pairs that are complete.

**Prefill and decode** are told apart by the engine's own times (llama.cpp \`timings\`, vLLM \`metrics\` with
\`--enable-per-request-metrics\`, Ollama's durations, exo) where each phase lasts ten steps of the counter or more; or, with
\`--phases\`, by runs of one token beside the others: the difference is the decode, and what is left is the prefill.`,
    '## Energy in answers (meter `response`)',
    `Searched in this order. The first that is no estimate counts; others of its kind are checked against it, as are joules
against kilowatt-hours and against watts times seconds. More than 1 % apart is a warning, and joules win. Several different
\`: energy\` comments in one answer are added, the same one twice counts once. A figure of zero or below is no figure.`,
    table(
      ['Where', 'Field', 'Unit', 'From', 'Is'],
      extractorRules.map((rule) => [
        placeText(rule),
        rule.fields.map(({ path }) => (path === '' ? 'the value' : `\`${path}\``)).join(', '),
        [
          ...new Set(
            rule.fields.map(({ unit, unitPath }) =>
              unitPath === undefined ? unit : `${unit}, or as \`${unitPath}\` says`,
            ),
          ),
        ].join(', '),
        rule.sender,
        rule.provenance === 'unknown' ? 'as it says' : rule.provenance,
      ]),
    ),
    `**One of your own** (\`--extractor\`, setting \`joulelens.measure.extractor\`), for an endpoint that is not known yet: \`${extractorForm.replace(/\|/g, '\\|')}\`.
A PATH is in dots (\`meta.energy.0.used\`). It counts before all others. Like endpoint and meter it is a setting of your machine:
\`joulelens.json\` cannot give it, and says so.`,
    '## What was inside',
    table(
      ['scope', 'Means'],
      [
        ['`request-attributed`', 'a share that the endpoint worked out for this request; `method` says how'],
        ['`gpu-window`', 'all that the GPUs drew while the request ran, above idle where the meter knows it'],
        ['`cpu-window`', 'the same for CPU packages and memory'],
        ['`node-window`', 'the same for the machine'],
        ['`unknown`', 'nobody says'],
      ],
    ),
    `A window of one request on an engine of your own is a batch of one: more than the request would cost beside others. A
server that shares energy out over concurrent requests is \`joulelens gateway\`.`,
  ];
}

function placeText({ place, name = '' }: ExtractorRule): string {
  switch (place) {
    case 'comment':
      return `SSE comment \`: ${name} {...}\``;
    case 'header':
      return `header or trailer \`${name}\``;
    case 'chunk':
      return 'body, or last event';
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
