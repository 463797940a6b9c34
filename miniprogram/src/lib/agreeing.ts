/** That somebody agreed to the privacy policy, kept at the server in the version that was on the screen. */
import { api } from './app'
import { keep, kept } from './device'

const NAME = 'agreed'

/** At once, or when there is a network again. */
export async function recordAgreement(): Promise<void> {
  keep(NAME, 'untold')
  await tellAgreement()
}

/** What could not be told yet; nothing when there is nothing. */
export async function tellAgreement(): Promise<void> {
  if (kept<string>(NAME) !== 'untold') return
  try {
    const asked = (await api.ask('GET /me/consents')).find((one) => one.kind === 'privacy_policy')
    if (asked && !asked.given) await api.ask('POST /me/consents', { body: { kind: asked.kind, version: asked.version } })
    keep(NAME, 'told')
  } catch {
    // the next start tells it
  }
}
