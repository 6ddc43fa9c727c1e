/** Units of energy and power in the wild. A mistake here is a factor of a thousand to a million, so it is data. */

/** Joules in one unit. Exact by definition of the SI: 1 Wh = 3600 J. `Wms` (watt-milliseconds) is 1 W x 1 ms = 1 mJ. */
export const joulesPerUnit = {
  J: 1,
  kJ: 1e3,
  MJ: 1e6,
  mJ: 1e-3,
  uJ: 1e-6,
  Ws: 1,
  Wms: 1e-3,
  Wh: 3600,
  mWh: 3.6,
  kWh: 3.6e6,
} as const;

export type EnergyUnit = keyof typeof joulesPerUnit;

/** Watts in one unit. */
export const wattsPerUnit = { W: 1, kW: 1e3, mW: 1e-3, uW: 1e-6 } as const;

export type PowerUnit = keyof typeof wattsPerUnit;

/** Joules from a figure in a unit. */
export function toJoules(value: number, unit: EnergyUnit): number {
  return value * joulesPerUnit[unit];
}

/** Watts from a figure in a unit. */
export function toWatts(value: number, unit: PowerUnit): number {
  return value * wattsPerUnit[unit];
}

/** Whether a text is a unit of energy. */
export function isEnergyUnit(text: string): text is EnergyUnit {
  return Object.hasOwn(joulesPerUnit, text);
}

/** Whether a text is a unit of power. */
export function isPowerUnit(text: string): text is PowerUnit {
  return Object.hasOwn(wattsPerUnit, text);
}

/** The unit that a text means: `kwh`, `µJ`, `joules` and `watts` too; null where it is none. `MJ` and `mJ` differ by case alone. */
export function unitFrom(text: string): EnergyUnit | PowerUnit | null {
  const clean = text.trim().replace(/^[µμ]/u, 'u');
  if (isEnergyUnit(clean) || isPowerUnit(clean)) {
    return clean;
  }
  const spelled = longNames.get(clean.toLowerCase());
  if (spelled !== undefined) {
    return spelled;
  }
  const folded = [...Object.keys(joulesPerUnit), ...Object.keys(wattsPerUnit)].filter(
    (unit) => unit.toLowerCase() === clean.toLowerCase(),
  );
  const [only] = folded;
  return folded.length === 1 && only !== undefined && (isEnergyUnit(only) || isPowerUnit(only)) ? only : null;
}

const longNames: ReadonlyMap<string, EnergyUnit | PowerUnit> = new Map(
  Object.entries({
    joule: 'J',
    joules: 'J',
    millijoules: 'mJ',
    microjoules: 'uJ',
    kilojoules: 'kJ',
    'watt-hours': 'Wh',
    watthours: 'Wh',
    'kilowatt-hours': 'kWh',
    watt: 'W',
    watts: 'W',
    milliwatts: 'mW',
    microwatts: 'uW',
  } as const),
);
