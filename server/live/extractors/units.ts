/** Units of energy in the wild, as joules. A mistake here is a factor of a thousand to a million, so it is data. */

/** Joules in one unit. Exact by definition of the SI: 1 Wh = 3600 J. `Wms` (watt-milliseconds) is 1 W x 1 ms = 1 mJ. */
export const joulesPerUnit = {
  J: 1,
  kJ: 1e3,
  mJ: 1e-3,
  uJ: 1e-6,
  Wh: 3600,
  mWh: 3.6,
  kWh: 3.6e6,
  Wms: 1e-3,
} as const;

export type EnergyUnit = keyof typeof joulesPerUnit;

/** Joules from a figure in a unit. */
export function toJoules(value: number, unit: EnergyUnit): number {
  return value * joulesPerUnit[unit];
}
