/** What the user can choose: profiles, models, formats. */
import type { JouleService } from '../core/index.js';
import type { Choice } from '../protocol/messages.js';
import type { ResourceSettings } from '../workspace/resourceSettings.js';
import type { DocumentSession } from '../workspace/session.js';
import { batchText } from './assumptionText.js';

/** The profiles of a resource: built in, from joulelens.json, from the settings. */
export function profileChoices(settings: ResourceSettings): Choice[] {
  return settings.profiles.map(({ profile, source }) => ({
    id: profile.name,
    label: profile.name,
    description: profile.description ?? '',
    detail: `${profile.gpus === undefined ? '' : `${profile.gpus} × `}${profile.gpu}, ${profile.engine}, batch ${batchText(profile.batch)}, prefix cache ${profile.prefixCache ? 'on' : 'off'}`,
    source,
    current: profile.name === settings.profile,
  }));
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

/** The formats that a document can be read as. */
export function formatChoices(service: JouleService, session: DocumentSession): Choice[] {
  const inUse = session.analysis.format?.id;
  return service.formats.map(({ id, title, description }) => ({
    id,
    label: title,
    description,
    source: id === inUse && session.chosenFormat === id ? 'chosen' : '',
    current: id === inUse,
  }));
}
