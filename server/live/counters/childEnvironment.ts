/** What a meter's child process may see. */

/** The environment without the keys of endpoints and meters. */
export function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name.startsWith('JOULELENS_') ? [] : [[name, value]],
    ),
  );
}
