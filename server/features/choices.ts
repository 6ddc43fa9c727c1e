/** What the user can choose: profiles, models, formats. */
import { calibrationWord } from '../core/energy/calibrated.js';
import { byFamily, type JouleService, type Profile } from '../core/index.js';
import type { Choice, SampleChoice } from '../protocol/messages.js';
import type { ResourceSettings } from '../workspace/resourceSettings.js';
import type { DocumentSession } from '../workspace/session.js';
import { batchText } from './assumptionText.js';

/** The profiles of a resource: built in, from joulelens.json, from the settings. */
export function profileChoices(settings: ResourceSettings): Choice[] {
  return settings.profiles.map(({ profile, source }) => ({
    id: profile.name,
    label: profile.name,
    description: profile.description ?? '',
    detail: `${profile.gpus === undefined ? '' : `${profile.gpus} × `}${profile.gpu}, ${profile.engine}, batch ${batchText(profile.batch)}, prefix cache ${profile.prefixCache ? 'on' : 'off'}${calibratedText(profile.calibration)}`,
    source,
    current: profile.name === settings.profile,
  }));
}

function calibratedText(calibration: Profile['calibration']): string {
  return calibration === undefined ? '' : `, ${calibrationWord(calibration, calibration.interval.logSigma)}`;
}

/** The models of the catalogue; `session` tells which one is in use there. */
export function modelChoices(service: JouleService, settings: ResourceSettings, session?: DocumentSession): Choice[] {
  const inUse = session?.analysis.figures(0)?.choice.model.id ?? settings.model;
  const own = [...(settings.analysis.ownModels?.keys() ?? [])].map((id) => ({
    id,
    label: id,
    description: 'your own config.json',
    source: 'settings',
    current: id === inUse,
  }));
  const open = service.catalogue.open.map((row) => ({
    id: row.id,
    label: row.id,
    description: parameterText(row.published),
    source: 'open weights',
    current: row.id === inUse,
  }));
  const closed = service.catalogue.closed.map((row) => ({
    id: row.id,
    label: row.id,
    description: `size guessed, figured as ${row.standIn}; wide interval`,
    source: 'closed',
    current: row.id === inUse,
  }));
  return [...own, ...open, ...closed];
}

/** `8.03 B parameters`, `671 B parameters, 37 B active`. */
function parameterText({
  totalParams,
  activeParams,
}: {
  totalParams: number;
  activeParams?: number | undefined;
}): string {
  const billions = (count: number): string => `${Number((count / 1e9).toPrecision(3))} B`;
  const active = activeParams !== undefined && activeParams < totalParams ? `, ${billions(activeParams)} active` : '';
  return `${billions(totalParams)} parameters${active}`;
}

/** The formats that a document can be read as, family by family. */
export function formatChoices(service: JouleService, session: DocumentSession): Choice[] {
  const inUse = session.analysis.format?.id;
  const mark = session.chosenFormat === undefined ? 'detected' : 'chosen';
  return byFamily(service.formats).flatMap(({ title: group, formats }) =>
    formats.map(({ id, title, description, files }) => ({
      id,
      label: title,
      description,
      ...(files.length > 0 ? { detail: files.join(', ') } : {}),
      source: id === inUse ? mark : '',
      current: id === inUse,
      group,
    })),
  );
}

/** A sample of each format, family by family. */
export function sampleChoices(service: JouleService): SampleChoice[] {
  return [...transcriptSamples(service), ...videoSamples()];
}

/** Files that ask for video: one of each kind that is read. */
const VIDEO_SAMPLES: readonly (readonly [file: string, label: string])[] = [
  ['fal-request.json', 'Body of an API call (JSON)'],
  ['clips.yaml', 'Requests in YAML'],
  ['comfyui-api.json', 'ComfyUI workflow, API form'],
  ['comfyui-workflow.json', 'ComfyUI workflow, as the editor saves it'],
  ['wan_diffusers.py', 'Call of a diffusers pipeline (Python)'],
];

const videoSamples = (): SampleChoice[] =>
  VIDEO_SAMPLES.map(([name, label]) => ({
    id: `video/${name}`,
    label,
    description: '',
    source: `video/${name}`,
    current: false,
    group: 'Requests for video',
    file: `video/${name}`,
  }));

function transcriptSamples(service: JouleService): SampleChoice[] {
  return byFamily(service.formats).flatMap(({ title: group, formats }) =>
    formats.map(({ id, title, sample }) => ({
      id,
      label: title,
      description: '',
      source: sample,
      current: false,
      group,
      file: sample,
    })),
  );
}

/** Id of the choice that leaves placeholders as they are; others are `sample:NAME`. */
export const asWrittenId = 'as-written';
export const sampleId = (name: string): string => `sample:${name}`;

/** What the placeholders of a document can be filled with: nothing, a sample of the file, or what was chosen before. */
export function fillChoices({ conversations, analysis }: DocumentSession): Choice[] {
  const { fill } = analysis;
  const samples = new Map<string, readonly string[]>();
  for (const { template } of conversations) {
    for (const { name, values } of template?.samples ?? []) {
      if (!samples.has(name)) samples.set(name, Object.keys(values));
    }
  }
  return [
    {
      id: asWrittenId,
      label: 'As Written',
      description: 'Placeholders are counted as they stand',
      source: '',
      current: fill.kind === 'as-written',
    },
    ...[...samples].map(([name, keys]) => ({
      id: sampleId(name),
      label: name,
      description: keys.length === 0 ? 'no values' : keys.join(', '),
      source: 'sample of this file',
      current: fill.kind === 'sample' && fill.name === name,
    })),
    ...(fill.kind === 'values'
      ? [
          {
            id: 'values',
            label: fill.label,
            description: Object.keys(fill.values).join(', '),
            source: 'JSON file',
            current: true,
          },
        ]
      : []),
  ];
}
