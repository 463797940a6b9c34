/** The H5's sign-in is in index.html and usable before this program is there; here its answer is awaited. */
import { kept, type Played } from './device'

declare global {
  interface Window {
    /** Resolves when somebody was chosen. Made by `build/door.js`. */
    shanduDoor?: { opened: Promise<void>; close(): void; open(): void }
  }
}

export async function door(): Promise<void> {
  if (!kept<Played>('as')) await window.shanduDoor?.opened
  window.shanduDoor?.close()
}
