/** The page of licences, from the lock file. */
import { acceptedLicences, handedOut, type Licensed } from '../../local/licences.ts';
import { code, opening, table } from './table.ts';

export function licencesPage(): string {
  const all = handedOut();
  const section = (part: Licensed['part']) =>
    table(
      ['package', 'version', 'licence'],
      all
        .filter(one => one.part === part)
        .map(({ name, version, licence }) => [code(name), version, licence]),
    );
  return `${opening('Licences', 'package-lock.json')}
Pawl is licensed under Apache-2.0. What it hands out beside its own code stands here; what only builds or tests Pawl does not. A
test refuses a licence other than ${acceptedLicences.join(', ')}. \`npm run licences\` prints the same list.

## Operator and command line

The image holds each package with its licence file, but leaves out \`@kubernetes/client-node\` and what only it needs. The
command line has some of these packages, and their licence files with them.

${section('programs')}

## Web page

The texts of these licences are in \`licenses.txt\` beside the page's scripts.

${section('web page')}
`;
}
