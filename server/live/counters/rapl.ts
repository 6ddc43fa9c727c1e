/** RAPL of this machine through the kernel's powercap files: CPU packages and their memory. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LiveError } from '../errors.js';
import type { EnergyCounter } from './counter.js';
import { createSeriesTotal, type DeviceJoules } from './seriesTotal.js';

interface Zone {
  /** Folder. */
  readonly path: string;
  /** `package-0`, `dram`. */
  readonly name: string;
  readonly wrapsAtJoules: number;
}

/** Zones that lie beside each other. `core` and `uncore` lie inside the package, `psys` around it: never added. */
const disjoint = /^(package(-\d+)?|dram)$/;

/** Reads the zones below `root`, `/sys/class/powercap` on a real machine. */
export function raplCounter(id: string, root: string, now: () => number): EnergyCounter {
  const total = createSeriesTotal();
  let zones: readonly Zone[] | null = null;
  return {
    id,
    provenance: 'measured',
    scope: 'cpu-window',
    get boundary() {
      return zones === null ? 'CPU packages (RAPL)' : `${zones.map(({ name }) => name).join(', ')} (RAPL)`;
    },
    stepSeconds: 0.001,
    method: 'counter energy_uj of the kernel (RAPL)',
    async read() {
      zones ??= await findZones(root);
      const devices: DeviceJoules[] = [];
      for (const { path, wrapsAtJoules } of zones) {
        devices.push({ device: path, joules: (await number(join(path, 'energy_uj'))) * 1e-6, wrapsAtJoules });
      }
      return { joules: total.add(devices), seconds: now() };
    },
    close: () => undefined,
  };
}

async function findZones(root: string): Promise<Zone[]> {
  let names: string[];
  try {
    names = await readdir(root);
  } catch {
    throw new LiveError(
      'meter',
      root,
      `${root}: not there; RAPL needs Linux on an Intel or AMD processor, outside most virtual machines.`,
    );
  }
  const zones: Zone[] = [];
  for (const folder of names.filter((name) => /^intel-rapl:\d+(:\d+)?$/.test(name)).sort()) {
    const path = join(root, folder);
    const name = (await readFile(join(path, 'name'), 'utf8').catch(() => '')).trim();
    if (disjoint.test(name)) {
      zones.push({ path, name, wrapsAtJoules: (await number(join(path, 'max_energy_range_uj'))) * 1e-6 });
    }
  }
  if (zones.length === 0) {
    throw new LiveError(
      'meter',
      root,
      `${root}: no RAPL zone of a CPU package there; is the kernel module intel_rapl_msr loaded?`,
    );
  }
  return zones;
}

async function number(file: string): Promise<number> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    const remedy =
      code === 'EACCES' || code === 'EPERM'
        ? 'only root may read it; allow it (chmod a+r on the energy_uj files), or read it through zeusd or node_exporter'
        : `it cannot be read (${String(code)})`;
    throw new LiveError('meter', file, `${file}: ${remedy}.`);
  }
  const value = Number(text.trim());
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new LiveError('meter', file, `${file}: holds no number.`);
  }
  return value;
}
