/** What somebody else wrote, shown as text whatever it looks like: what cannot be seen is marked, and its direction is its own. */
import { partsOf } from '../pure/odd-characters.ts';

export function Said({ text }: { readonly text: string }) {
  const parts = partsOf(text);
  if (parts.every(part => part.mark === null)) return <bdi>{text}</bdi>;
  return (
    <bdi>
      {parts.map(({ text: part, mark }, index) =>
        mark ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name
          <span key={index} className="odd" title={mark.name}>
            {mark.code}
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other name
          <bdi key={index}>{part}</bdi>
        ),
      )}
    </bdi>
  );
}
