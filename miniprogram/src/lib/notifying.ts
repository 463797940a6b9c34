/** WeChat's question whether we may send a message, asked where a person sends something: that tap is theirs, and each
 * yes is good for one message. What to ask for the server says; it must be known before the tap. */
import { api } from './app'
import { askToNotify } from './device'

const FRESH_MS = 10 * 60_000

let templates: string[] = []
let heardAt = 0

/** When something begins that will be sent. */
export async function lookWhatToAsk(): Promise<void> {
  if (Date.now() - heardAt < FRESH_MS) return
  heardAt = Date.now()
  try {
    templates = (await api.ask('GET /me/subscriptions')).templates
  } catch {
    // without a network nobody is asked, and later again
    heardAt = 0
  }
}

/** Within the tap, before anything is waited for. The answer is told to the server by WeChat. */
export function askAtTap(): void {
  if (!templates.length) return
  void askToNotify(templates)
  templates = []
  heardAt = 0
}
