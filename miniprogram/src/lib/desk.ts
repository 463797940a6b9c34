/** The code that the desk (网页工作台) shows for a phone to read. */
const LINK = /\/desk\/t\/([A-Za-z0-9_-]{32})(?:[/?#].*)?$/

/** The ticket in a scanned link, also as WeChat encodes it; null for any other code. */
export function ticketIn(text: string): string | null {
  let plain = text.trim()
  try {
    plain = decodeURIComponent(plain)
  } catch {
    // not encoded
  }
  return LINK.exec(plain)?.[1] ?? null
}
