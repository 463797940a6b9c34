/** Signatures that were drawn and not yet ended with 签好了. Who sends a form means them to be on it. */
type End = () => Promise<void>

const drawn = new Set<End>()

/** A pad says how it is ended; returns how it is forgotten. */
export function pad(end: End): () => void {
  drawn.add(end)
  return () => { drawn.delete(end) }
}

/** End what is drawn on the page's pads; an empty one stays as it is. */
export async function endSignatures(): Promise<void> {
  await Promise.all([...drawn].map((end) => end()))
}
