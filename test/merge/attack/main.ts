/**
 * `npm run attack -- --minutes N`: attack.py on thousands of real files. Exit status: 0 when no clean answer was wrong
 * and nothing was thrown; 3: there is no Python.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endWith, installed, runHere } from '../../../local/virtual-environment.ts';
import { defaultFolder, realFiles } from './files.ts';

await endWith(async signal => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      files: { type: 'string', default: defaultFolder },
      seed: { type: 'string' },
      findings: { type: 'string' },
    },
  });
  const bin = await installed(['PyYAML==6.0.3'], signal);
  const files = await realFiles(values.files);
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const options = Object.entries({ seed: values.seed, findings: values.findings });
  return runHere(
    `${bin}/python`,
    [
      ...[here('attack.py'), '--minutes', values.minutes, '--files', files],
      ...['--engine', `${process.execPath} ${here('engine.ts')}`],
      ...options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    ],
    { signal },
  );
});
